/* info: the host and its engine, with docker's members. */
#pragma once

#include "common/json.h"
#include "engine/store.h"

/* A new value, or NULL. */
hd_json *hd_system_info (HdStore *store, const char *version, GError **error);
/* As text, in docker's order. */
void hd_system_info_print (const hd_json *info);
