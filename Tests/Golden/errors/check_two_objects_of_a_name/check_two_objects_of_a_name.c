#include <gravel/middlebox.h>
enum port { inside, outside };
static uint32_t count;
void second(struct packet *packet);
void packet_arrives(struct packet *packet) {
    count++;
    if (count > 2) return packet_drop(packet);
    second(packet);
}
