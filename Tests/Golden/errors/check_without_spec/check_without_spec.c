// The template: a middlebox that forwards between two ports. Copy this folder and Specs/nop.gravel to start your own.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) { packet_emit(packet, packet->port == inside ? outside : inside); }
