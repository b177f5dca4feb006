// What packet_emit, packet_emit_copy, packet_drop, packet_push and packet_pull ask of the run that is under way.
#ifndef GRAVEL_UNDER_WAY_H
#define GRAVEL_UNDER_WAY_H

#include <stdbool.h>
#include <stdint.h>

void gravel_end(const uint8_t *data, uint32_t length, uint32_t port);
void gravel_send_copy(const uint8_t *data, uint32_t length, uint32_t port);
void gravel_end_dropped(void);
bool gravel_push(uint8_t **data, uint32_t *length, uint32_t size);
bool gravel_pull(uint8_t **data, uint32_t *length, uint32_t size);

#endif
