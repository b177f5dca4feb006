#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) { packet_emit(packet, 7); }
