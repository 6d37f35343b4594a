/* Options of a request as a{sv} on D-Bus and back: booleans (b), strings (s), integers (x, or any
 * other integer when read) and lists of strings (as). */
#pragma once

#include <systemd/sd-bus.h>
#include "common/json.h"

/* Limits of what a caller may send. */
#define HD_OPTIONS_MAX 64
#define HD_OPTIONS_MAX_WORDS 256

/* Append the members of `options` as a{sv}. Returns 0, or a negative errno; -EINVAL for a member of
 * another type. */
int hd_options_append (sd_bus_message *message, const hd_json *options);
/* Read an a{sv} into a new object. Returns 0 or a negative errno; `ret_error` (of sd_bus_message
 * handlers) is set to InvalidArgs with the option's name for a type, a name given twice or a number
 * of options that is not accepted. */
int hd_options_read (sd_bus_message *message, hd_json **ret_options, sd_bus_error *ret_error);
