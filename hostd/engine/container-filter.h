/* --filter of `ps`: KEY=VALUE, several of one key mean one of them, of different keys all. */
#pragma once

#include "engine/status.h"

typedef struct _HdContainerFilter HdContainerFilter;

/* Keys: id name label status exited health ancestor network volume. HD_USAGE
 * for others. Belongs to the caller; `texts` is copied. */
HdContainerFilter *hd_container_filter_parse (const char *const *texts, GError **error);
void hd_container_filter_free (HdContainerFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdContainerFilter, hd_container_filter_free)

/* Whether a status is asked for. NULL is none. */
gboolean hd_container_filter_has_status (const HdContainerFilter *filter);
gboolean hd_container_filter_matches (const HdContainerFilter *filter, const HdContainer *container,
                                      const HdStatusNow *now);
