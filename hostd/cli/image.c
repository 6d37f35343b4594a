/* The table of `atomic pull`, `images`, `rmi` ... and `atomic image pull` ... */
#include "cli/image.h"

#include "cli/engine.h"
#include "cli/image-change.h"
#include "cli/image-file.h"
#include "cli/image-list.h"
#include "cli/image-login.h"
#include "cli/image-pull.h"

#define VERB(word, ...) HD_ENGINE_VERB ("image", word, __VA_ARGS__)
#define ONE(word, ...)                                                                             \
  {                                                                                                \
    word, __VA_ARGS__, HD_STATUS_ENGINE                                                            \
  }
#define AUTHFILE                                                                                   \
  {                                                                                                \
    "authfile", 0, HD_OPT_STRING, "FILE", "credentials from here, and not from the usual files"    \
  }
#define PLATFORM                                                                                   \
  {                                                                                                \
    "platform", 0, HD_OPT_STRING, "OS/ARCH[/VARIANT]", "for this platform, not this machine's"     \
  }
#define QUIET(help)                                                                                \
  {                                                                                                \
    "quiet", 'q', HD_OPT_FLAG, NULL, help                                                          \
  }
#define FORMAT(help)                                                                               \
  {                                                                                                \
    "format", 'f', HD_OPT_STRING, "FORMAT", help                                                   \
  }

static const HdOption no_options[] = { { NULL } };

static const HdOption pull_options[] = {
  QUIET ("print the name alone"),
  PLATFORM,
  AUTHFILE,
  { NULL },
};

static const HdOption push_options[] = { QUIET ("print no progress"), AUTHFILE, { NULL } };

static const HdOption list_options[] = {
  { "all", 'a', HD_OPT_FLAG, NULL, "those without a name, too (they are shown anyway)" },
  { "digests", 0, HD_OPT_FLAG, NULL, "show the digests of the registries" },
  { "filter", 'f', HD_OPT_STRINGS, "KEY=VALUE",
    "dangling=true, reference=PATTERN, label=KEY[=VALUE], before=IMAGE, since=IMAGE" },
  { "format", 0, HD_OPT_STRING, "FORMAT", "table, json, or a Go template" },
  { "no-trunc", 0, HD_OPT_FLAG, NULL, "do not cut ids" },
  QUIET ("ids only"),
  { NULL },
};

static const HdOption rm_options[] = {
  { "force", 'f', HD_OPT_FLAG, NULL, "all names of an id; and names that a container uses" },
  { "no-prune", 0, HD_OPT_FLAG, NULL, "taken for compatibility" },
  { NULL },
};

static const HdOption save_options[] = {
  { "output", 'o', HD_OPT_STRING, "FILE", "write here, and not to standard output" },
  { "format", 0, HD_OPT_STRING, "FORMAT",
    "docker-archive (with an OCI layout in it), oci-archive" },
  { NULL },
};

static const HdOption load_options[] = {
  { "input", 'i', HD_OPT_STRING, "FILE", "read from here, and not from standard input" },
  QUIET ("print nothing but errors"),
  { NULL },
};

static const HdOption import_options[] = {
  { "change", 'c', HD_OPT_STRINGS, "INSTRUCTION",
    "CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR, STOPSIGNAL as in a Dockerfile" },
  { "message", 'm', HD_OPT_STRING, "TEXT", "comment of the image" },
  PLATFORM,
  { NULL },
};

static const HdOption history_options[] = {
  { "format", 0, HD_OPT_STRING, "FORMAT", "table, json, or a Go template" },
  { "human", 'H', HD_OPT_FLAG, NULL, "sizes and ages for people (on unless --human=false)" },
  { "no-trunc", 0, HD_OPT_FLAG, NULL, "do not cut ids and commands" },
  QUIET ("ids only"),
  { NULL },
};

static const HdOption inspect_options[] = { FORMAT ("a Go template, for each image"), { NULL } };

static const HdOption prune_options[] = {
  { "all", 'a', HD_OPT_FLAG, NULL,
    "all that no container uses, and not only those without a name" },
  { "force", 'f', HD_OPT_FLAG, NULL, "do not ask" },
  { NULL },
};

static const HdOption login_options[] = {
  { "username", 'u', HD_OPT_STRING, "NAME", "user name" },
  { "password", 'p', HD_OPT_STRING, "PASSWORD",
    "password; others can see it, use --password-stdin" },
  { "password-stdin", 0, HD_OPT_FLAG, NULL, "read the password from standard input" },
  AUTHFILE,
  { NULL },
};

static const HdOption logout_options[] = { AUTHFILE, { NULL } };

const HdVerb hd_image_verbs[] = {
  VERB ("pull", "NAME[:TAG][@DIGEST]", 1, 1, FALSE, pull_options, "Get an image from a registry",
        NULL, hd_cli_pull),
  VERB ("push", "NAME[:TAG]", 1, 1, FALSE, push_options, "Give an image to a registry", NULL,
        hd_cli_push),
  ONE ("images", "[NAME[:TAG]]", 0, 1, FALSE, list_options, "List images", NULL, hd_cli_images),
  ONE ("image ls", "[NAME[:TAG]]", 0, 1, FALSE, list_options, "List images", NULL, hd_cli_images),
  ONE ("image list", "[NAME[:TAG]]", 0, 1, FALSE, list_options, "List images", NULL, hd_cli_images),
  ONE ("rmi", "IMAGE [IMAGE...]", 1, -1, FALSE, rm_options, "Remove names of images, and images",
       NULL, hd_cli_rmi),
  ONE ("image rm", "IMAGE [IMAGE...]", 1, -1, FALSE, rm_options,
       "Remove names of images, and images", NULL, hd_cli_rmi),
  VERB ("tag", "IMAGE[:TAG] NAME[:TAG]", 2, 2, FALSE, no_options, "Give an image a further name",
        NULL, hd_cli_tag),
  VERB ("save", "IMAGE [IMAGE...]", 1, -1, FALSE, save_options, "Write images to an archive", NULL,
        hd_cli_save),
  VERB ("load", "", 0, 0, FALSE, load_options, "Read images from an archive",
        "Archives of docker save (docker-archive) and OCI layouts in a tar archive, compressed or "
        "not.",
        hd_cli_load),
  VERB ("import", "FILE|- [NAME[:TAG]]", 1, 2, FALSE, import_options,
        "Make an image of an archive of a root file system", NULL, hd_cli_import),
  VERB ("history", "IMAGE", 1, 1, FALSE, history_options, "Show how an image was made", NULL,
        hd_cli_history_of_image),
  ONE ("image inspect", "IMAGE [IMAGE...]", 1, -1, FALSE, inspect_options,
       "Print all that is known of images", NULL, hd_cli_image_inspect),
  ONE ("image prune", "", 0, 0, FALSE, prune_options, "Remove images that nothing uses", NULL,
       hd_cli_image_prune),
  ONE ("login", "[HOST]", 0, 1, FALSE, login_options, "Log in to a registry",
       "Without HOST it is docker.io. Name and password are checked with the registry, and kept in "
       "~/.docker/config.json, where docker, podman and skopeo find them, too.",
       hd_cli_login),
  ONE ("logout", "[HOST]", 0, 1, FALSE, logout_options, "Forget name and password of a registry",
       NULL, hd_cli_logout),
  { NULL },
};
