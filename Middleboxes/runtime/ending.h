// What packet_emit, packet_emit_copy and packet_drop tell to the run that is under way.
#ifndef GRAVEL_ENDING_H
#define GRAVEL_ENDING_H

#include <stdint.h>

void gravel_end(const uint8_t *data, uint32_t length, uint32_t port);
void gravel_send_copy(const uint8_t *data, uint32_t length, uint32_t port);
void gravel_end_dropped(void);

#endif
