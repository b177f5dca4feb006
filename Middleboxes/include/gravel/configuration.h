// The configuration: set once before the first packet, read-only from then on.
//
//     struct configuration {
//         ipv4_address external_address;
//         seconds udp_lifetime;
//     };
//     CONFIGURATION(config);
//
// `verify` proves for every content that the spec's assumptions admit; `replay` fills it from YAML by the field names.
#ifndef GRAVEL_CONFIGURATION_H
#define GRAVEL_CONFIGURATION_H

#include <gravel/types.h>

#define CONFIGURATION(name) struct configuration name

#endif
