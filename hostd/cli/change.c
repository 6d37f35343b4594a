/* One function for all changing verbs: what differs between them is data. */
#include "cli/change.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "base/error.h"
#include "base/output.h"
#include "base/progress.h"
#include "cli/read.h"
#include "cli/render-change.h"
#include "client/transport.h"
#include "common/cleanup.h"

/* Packages of a kind that are listed without --verbose. */
#define PACKAGES_SHOWN 20

/* Options that are not part of the request. */
static const char *const local_options[] = { "sysroot", "json", "verbose", "quiet", NULL };

/* The names that positional arguments have in the request. */
static const struct
{
  const char *verb;
  const char *names[2];
} positionals[] = {
  { "deploy", { "commit" } },
  { "rebase", { "refspec", "commit" } },
  { "pin", { "deployment" } },
  { "unpin", { "deployment" } },
};

/* Phases as people read them. */
static const struct
{
  const char *phase;
  const char *title;
} phase_titles[] = {
  { "recover", "Checking the last change" },
  { "resolve", "Looking for the version" },
  { "pull", "Downloading" },
  { "verify", "Verifying" },
  { "stage", "Staging" },
  { "merge", "Merging /etc" },
  { "commit", "Writing boot entries" },
  { "prune", "Removing what is not needed" },
};

static hd_json *
option_value (const HdInvocation *invocation, const HdOption *option)
{
  hd_json *array;
  switch (option->type)
    {
    case HD_OPT_FLAG:
      return hd_json_new_bool (true);
    case HD_OPT_STRING:
      return hd_json_new_string (hd_inv_string (invocation, option->name));
    case HD_OPT_INT:
      return hd_json_new_int (hd_inv_int (invocation, option->name, 0));
    case HD_OPT_SIZE:
      return hd_json_new_uint (hd_inv_size (invocation, option->name, 0));
    case HD_OPT_STRINGS:
      array = hd_json_new_array ();
      for (const char *const *word = hd_inv_strings (invocation, option->name); *word; word++)
        hd_json_append (array, hd_json_new_string (*word));
      return array;
    default:
      g_assert_not_reached ();
    }
}

static void
add_positionals (HdRequest *request, const HdInvocation *invocation)
{
  const char *const *words = hd_inv_args (invocation);
  for (gsize i = 0; i < G_N_ELEMENTS (positionals); i++)
    if (g_str_equal (positionals[i].verb, request->change->verb))
      for (guint n = 0; n < hd_inv_n_args (invocation); n++)
        hd_json_set_string (request->options, positionals[i].names[n], words[n]);
}

HdRequest *
hd_cli_request (const HdInvocation *invocation)
{
  const HdVerb *verb = hd_inv_verb (invocation);
  const HdChange *change = hd_change_by_verb (strrchr (verb->path, ' ') + 1);
  HdRequest *request = hd_request_new (change, hd_cli_sysroot (invocation));

  for (const HdOption *option = verb->options; option->name != NULL; option++)
    if (hd_inv_given (invocation, option->name) && !g_strv_contains (local_options, option->name))
      hd_json_set (request->options, option->name, option_value (invocation, option));
  add_positionals (request, invocation);
  return request;
}

/* A descriptor that becomes readable at Ctrl-C or SIGTERM. */
static int
open_signals (sigset_t *ret_set)
{
  sigemptyset (ret_set);
  sigaddset (ret_set, SIGINT);
  sigaddset (ret_set, SIGTERM);
  sigprocmask (SIG_BLOCK, ret_set, NULL);
  return signalfd (-1, ret_set, SFD_CLOEXEC | SFD_NONBLOCK);
}

typedef struct
{
  HdProgress *progress;
  sigset_t signals;
} Watch;

static void
show_phase (HdProgress *progress, const char *phase)
{
  for (gsize i = 0; i < G_N_ELEMENTS (phase_titles); i++)
    if (g_str_equal (phase_titles[i].phase, phase))
      phase = phase_titles[i].title;
  hd_progress_phase (progress, phase);
}

static void
show_event (const HdEvent *event, gpointer data)
{
  Watch *watch = data;
  switch (event->type)
    {
    case HD_EVENT_QUEUED:
      hd_progress_phase (watch->progress, "Waiting for another change to end");
      break;
    case HD_EVENT_CANCELLING:
      hd_progress_message (watch->progress, "Cancelling; press Ctrl-C again to leave at once");
      /* The first signal was taken from the descriptor; the next one ends this program. */
      sigprocmask (SIG_UNBLOCK, &watch->signals, NULL);
      break;
    case HD_EVENT_PHASE:
      show_phase (watch->progress, event->text);
      break;
    case HD_EVENT_PROGRESS:
      hd_progress_update (watch->progress, event->done, event->total, event->unit);
      break;
    case HD_EVENT_MESSAGE:
      hd_progress_message (watch->progress, event->text);
      break;
    case HD_EVENT_RESULT:
      break;
    }
}

/* Have the change made. A transport that failed is a result, too. */
static HdResult *
carry_out (const HdRequest *request, gboolean quiet)
{
  g_autoptr (HdProgress) progress = hd_progress_new (quiet);
  g_autoptr (GError) error = NULL;
  Watch watch = { .progress = progress };
  hd_autofd cancel_fd = open_signals (&watch.signals);
  HdResult *result = hd_transport_run (request, show_event, &watch, cancel_fd, &error);
  return result != NULL ? result : hd_result_new_error (error);
}

static int
report (const HdInvocation *invocation, const HdResult *result)
{
  if (hd_inv_flag (invocation, "json"))
    {
      hd_autojson object = hd_result_to_json (result);
      hd_cli_print_json (object);
      return hd_code_exit_status (result->code);
    }
  if (result->code == HD_OK || result->code == HD_NOTHING)
    {
      if (!hd_inv_flag (invocation, "quiet"))
        hd_render_change (stdout, result, hd_inv_flag (invocation, "verbose") ? 0 : PACKAGES_SHOWN);
      return hd_code_exit_status (result->code);
    }
  g_autoptr (GError) error = NULL;
  hd_throw (&error, result->code, result->hint, "%s", result->message);
  return hd_error_report (error);
}

int
hd_cli_change (const HdInvocation *invocation)
{
  g_autoptr (HdRequest) request = hd_cli_request (invocation);
  if (hd_json_get_bool (request->options, "reboot", false) && !g_str_equal (request->sysroot, "/"))
    return hd_inv_usage_error (invocation, "--reboot is for the running system, not for %s",
                               request->sysroot);
  g_autoptr (HdResult) result = carry_out (request, hd_inv_flag (invocation, "quiet"));
  return report (invocation, result);
}

int
hd_cli_kargs (const HdInvocation *invocation)
{
  static const char *const changes[]
      = { "append", "append-if-missing", "delete", "delete-if-present", "replace" };
  for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
    if (hd_inv_given (invocation, changes[i]))
      return hd_cli_change (invocation);
  return hd_cli_show_kargs (invocation);
}
