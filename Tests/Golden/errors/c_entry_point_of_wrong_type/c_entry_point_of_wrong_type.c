#include <gravel/middlebox.h>

enum port { inside, outside };

int packet_arrives(const struct packet *packet) { return packet->length > 64; }
