/* Lists of small numbers as the kernel writes them (cpuset(7), List format): "0-3,7". */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Set the bits of the numbers in `mask`, which is zeroed and has room for `limit` bits, a multiple
 * of 64.  *ret_size_bytes (or NULL) is how much of the mask is used, in units of 8.  Returns 0, or
 * -EINVAL for what is no list or a number that is not below `limit`. */
int rt_number_list_parse (const char *text, size_t limit, uint64_t *mask, size_t *ret_size_bytes);
