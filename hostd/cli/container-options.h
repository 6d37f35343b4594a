/* The options of `run` and `create`, and what they say in Docker's create request. */
#pragma once

#include "base/verbs.h"
#include "common/json.h"

/* Rows for the tables of both verbs. */
extern const HdOption hd_create_options[];
extern const HdOption hd_run_options[];

/* What an invocation says. */
typedef struct
{
  hd_json *body;       /* {"Config": ..., "HostConfig": ...} */
  GPtrArray *mounts;   /* of HdMountSpec */
  GPtrArray *networks; /* of HdNetworkRequest */
  GArray *ports;       /* of HdPort */
} HdContainerOptions;

/* Read the options and the arguments (IMAGE [COMMAND...]). `input`: standard input is wanted from
 * the one who starts it. Errors: HD_USAGE and those of files that options name. Clear with
 * hd_container_options_clear, after an error, too. */
gboolean hd_container_options_read (const HdInvocation *invocation, gboolean attached,
                                    HdContainerOptions *ret, GError **error);
void hd_container_options_clear (HdContainerOptions *options);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HdContainerOptions, hd_container_options_clear)

/* The options that say one thing in HostConfig or Config: of `run`, and the limits of `update`. */
gboolean hd_container_options_simple (const HdInvocation *invocation, gboolean update,
                                      hd_json *config, hd_json *host, GError **error);
/* "on-failure:3" ... to RestartPolicy; NULL with HD_USAGE. Free with hd_json_free. */
hd_json *hd_container_options_restart (const char *text, GError **error);
/* "1g", "512m", "64k", "100b", bytes; as Docker reads sizes: powers of 1024, letters of any case.
 */
gboolean hd_container_options_size (const char *text, gint64 *ret_bytes);
