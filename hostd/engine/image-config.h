/* The configuration of an image: what its containers run, and how it was made.
 *
 * Format: OCI image specification, "Image Configuration" (config.md), and Docker's image
 * specification 1.2, whose Healthcheck, Shell and OnBuild are taken too. Parsing does no I/O, and
 * every size in it is limited.
 */
#pragma once

#include <glib.h>
#include "common/json.h"

#define HD_IMAGE_CONFIG_MAX_BYTES (4u << 20)
/* Layers of one image: overlayfs takes 500, Docker makes 127. */
#define HD_IMAGE_MAX_LAYERS 256
#define HD_IMAGE_MAX_HISTORY 1024

typedef struct
{
  char **test; /* NULL-terminated: "NONE", or "CMD" and words, or "CMD-SHELL" and a line */
  gint64 interval_ns, timeout_ns, start_period_ns, start_interval_ns; /* 0: the default */
  gint64 retries;                                                     /* 0: the default */
} HdHealthcheck;

typedef struct
{
  char *created;                       /* RFC 3339 or NULL */
  char *created_by, *author, *comment; /* or NULL */
  gboolean empty_layer;
} HdHistory;

/* Lists are NULL-terminated arrays of strings, or NULL when absent; everything belongs to it and is
 * from g_malloc, so that a caller may replace a value (g_free, g_strfreev the old one). */
typedef struct
{
  char *architecture, *os, *variant; /* variant NULL when absent */
  char *created;                     /* RFC 3339 or NULL */
  char *author;                      /* or NULL */

  char *user;        /* "" or NULL: root */
  char *working_dir; /* or NULL */
  char *stop_signal; /* or NULL */
  char **env;        /* "NAME=VALUE" */
  char **entrypoint;
  char **cmd;
  char **shell;
  char **on_build;
  char **volumes;       /* paths */
  char **exposed_ports; /* "80/tcp" */
  char **labels;        /* "KEY=VALUE" in their order */
  HdHealthcheck *health;

  char **diff_ids;    /* "sha256:HEX", lowest layer first; never NULL */
  GPtrArray *history; /* of HdHistory; never NULL */
} HdImageConfig;

/* Parse `length_bytes` bytes. Errors: HD_CORRUPT, with the place and what is wrong. */
HdImageConfig *hd_image_config_parse (const char *text, gsize length_bytes, GError **error);
/* For linux and this machine's architecture, without layers or history. */
HdImageConfig *hd_image_config_new (void);
HdImageConfig *hd_image_config_copy (const HdImageConfig *config);
void hd_image_config_free (HdImageConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdImageConfig, hd_image_config_free)

/* The JSON of it; the same values give the same bytes. Free with hd_json_free. */
hd_json *hd_image_config_to_json (const HdImageConfig *config);
/* Only what its containers run ("Config" of `inspect`). Free with hd_json_free. */
hd_json *hd_image_config_run_json (const HdImageConfig *config);
void hd_healthcheck_free (HdHealthcheck *health);
HdHealthcheck *hd_healthcheck_copy (const HdHealthcheck *health);
HdHistory *hd_history_new (const char *created, const char *created_by, const char *author,
                           const char *comment, gboolean empty_layer);
