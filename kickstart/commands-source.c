/* Where the system comes from. */
#include <string.h>

#include "kickstart/entry.h"

#define F HD_KS_FEDORA
#define COMMIT_NOTE "the host's content is the commit of ostreesetup"

static void
check_url_of (const HdKsEntry *entry, HdKsReport *report)
{
  static const char *const schemes[] = { "http://", "https://", "file://" };
  const char *url = hd_ks_text (entry, "url");

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (url, schemes[i]))
      return;
  hd_ks_error (report, hd_ks_value_place (entry, "url"),
               "it begins with http://, https:// or file://", "%s cannot read from \"%s\"",
               entry->name, url);
}

/* A name that becomes a folder below /ostree/deploy, or a remote's. */
static void
check_name (const HdKsEntry *entry, HdKsReport *report, const char *option)
{
  const char *name = hd_ks_text (entry, option);

  if (name != NULL
      && (*name == '\0' || *name == '.' || *name == '-'
          || name[strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._-")]
                 != '\0'))
    hd_ks_error (report, hd_ks_value_place (entry, option), "letters, digits, dots, - and _",
                 "%s: --%s cannot be \"%s\"", entry->name, option, name);
}

static void
check_ostreesetup (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  const char *ref = hd_ks_text (entry, "ref");

  check_url_of (entry, report);
  check_name (entry, report, "osname");
  check_name (entry, report, "remote");
  if (*ref == '\0' || *ref == '/' || strstr (ref, "..") != NULL || strpbrk (ref, " \t:\\") != NULL)
    hd_ks_error (report, hd_ks_value_place (entry, "ref"), "as atomic-host/amd64/stable",
                 "ostreesetup: \"%s\" is no name of a branch", ref);
  if (hd_ks_given (entry, "nogpg"))
    hd_ks_warn (report, hd_ks_value_place (entry, "nogpg"), NULL,
                "ostreesetup: --nogpg installs and later upgrades without signatures");
}

static void
check_ostreecontainer (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  check_name (entry, report, "stateroot");
  check_name (entry, report, "remote");
  if (*hd_ks_text (entry, "url") == '\0')
    hd_ks_error (report, hd_ks_value_place (entry, "url"), NULL, "ostreecontainer wants an image");
}

static void
check_either (const HdKsEntry *entry, HdKsReport *report, const char *first, const char *second,
              gboolean needed)
{
  gboolean one = hd_ks_given (entry, first), two = hd_ks_given (entry, second);

  if (one && two)
    hd_ks_error (report, hd_ks_value_place (entry, second), "give one of them",
                 "%s: --%s and --%s exclude each other", entry->name, first, second);
  else if (needed && !one && !two)
    hd_ks_error (report, entry->place, NULL, "%s wants --%s= or --%s=", entry->name, first, second);
}

static void
check_url (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  int given = hd_ks_given (entry, "url") + hd_ks_given (entry, "mirrorlist")
              + hd_ks_given (entry, "metalink");

  if (given == 1)
    return;
  hd_ks_error (report, entry->place, "give one of --url=, --mirrorlist= and --metalink=", "url: %s",
               given == 0 ? "no address is given" : "its addresses exclude each other");
}

static void
check_harddrive (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  check_either (entry, report, "partition", "biospart", TRUE);
}

static void
check_repo (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  int given = hd_ks_given (entry, "baseurl") + hd_ks_given (entry, "mirrorlist")
              + hd_ks_given (entry, "metalink");

  if (given > 1)
    hd_ks_error (report, entry->place, "give one of --baseurl=, --mirrorlist= and --metalink=",
                 "repo: its addresses exclude each other");
  /* Fedora 15 allowed it, for repositories that the installer knows. */
  if (given == 0 && version != HD_KS_ANY && version < F (15) && version != HD_KS_RHEL6)
    hd_ks_error (report, entry->place,
                 "add --baseurl= or --mirrorlist=", "repo: no address is given");
}

static void
check_driverdisk (const HdKsEntry *entry, HdKsVersion version, HdKsReport *report)
{
  int given = (hd_ks_n_operands (entry) > 0) + hd_ks_given (entry, "source")
              + hd_ks_given (entry, "biospart");

  if (given != 1)
    hd_ks_error (report, entry->place, "name a partition, or give --source=", "driverdisk: %s",
                 given == 0 ? "no place is given" : "its places exclude each other");
}

static const HdKsOption ostreesetup_options[]
    = { { "osname", HD_KS_TEXT, "NAME", "stateroot: the folder of the host's deployments",
          HD_KS_REQUIRED },
        { "remote", HD_KS_TEXT, "NAME", "name of the remote for upgrades [the osname]" },
        { "url", HD_KS_TEXT, "URL", "repository: http, https or file", HD_KS_REQUIRED },
        { "ref", HD_KS_TEXT, "REF", "branch in the repository", HD_KS_REQUIRED },
        { "nogpg", HD_KS_FLAG, NULL, "do not check signatures" },
        { NULL } };

static const HdKsOption ostreecontainer_options[]
    = { { "stateroot", HD_KS_TEXT, "NAME", "stateroot [default]" },
        { "remote", HD_KS_TEXT, "NAME", "name of the remote [the stateroot]" },
        { "url", HD_KS_TEXT, "IMAGE", "image, as quay.example/host:stable", HD_KS_REQUIRED },
        { "transport", HD_KS_TEXT, "NAME", "registry (the default), oci, oci-archive and so on" },
        { "no-signature-verification", HD_KS_FLAG, NULL, "do not check signatures" },
        { NULL } };

static const HdKsOption url_options[] = {
  { "url", HD_KS_TEXT, "URL", "installation tree" },
  { "mirrorlist", HD_KS_TEXT, "URL", "list of mirrors", .span = { .since = F (18) } },
  { "metalink", HD_KS_TEXT, "URL", "metalink", .span = { .since = F (27) } },
  { "proxy", HD_KS_TEXT, "URL", "proxy", .span = { .since = F (13) } },
  { "noverifyssl", HD_KS_FLAG, NULL, "do not check certificates", .span = { .since = F (14) } },
  { "sslcacert", HD_KS_TEXT, "FILE", "certificate authority", .span = { .since = F (30) } },
  { "sslclientcert", HD_KS_TEXT, "FILE", "client's certificate", .span = { .since = F (30) } },
  { "sslclientkey", HD_KS_TEXT, "FILE", "client's key", .span = { .since = F (30) } },
  { NULL }
};

static const HdKsOption harddrive_options[]
    = { { "dir", HD_KS_TEXT, "PATH", "folder with the ISO images", HD_KS_REQUIRED },
        { "partition", HD_KS_TEXT, "PARTITION", "partition of the folder" },
        { "biospart", HD_KS_TEXT, "PARTITION", "the same by its BIOS number",
          .span = { .deprecated = F (33), .removed = F (34) } },
        { NULL } };

static const HdKsOption nfs_options[]
    = { { "server", HD_KS_TEXT, "HOST", "server", HD_KS_REQUIRED },
        { "dir", HD_KS_TEXT, "PATH", "folder on the server", HD_KS_REQUIRED },
        { "opts", HD_KS_TEXT, "OPTIONS", "mount options", .span = { .since = F (6) } },
        { NULL } };

static const HdKsOption liveimg_options[]
    = { { "url", HD_KS_TEXT, "URL", "image", HD_KS_REQUIRED },
        { "proxy", HD_KS_TEXT, "URL", "proxy" },
        { "noverifyssl", HD_KS_FLAG, NULL, "do not check certificates" },
        { "checksum", HD_KS_TEXT, "SHA256", "checksum of the image" },
        { NULL } };

static const HdKsOption repo_options[] = {
  { "name", HD_KS_TEXT, "NAME", "name of the repository", HD_KS_REQUIRED },
  { "baseurl", HD_KS_TEXT, "URL", "address" },
  { "mirrorlist", HD_KS_TEXT, "URL", "list of mirrors" },
  { "metalink", HD_KS_TEXT, "URL", "metalink", .span = { .since = F (27) } },
  { "cost", HD_KS_INT, "N", "cost", .span = { .since = F (8) } },
  { "excludepkgs", HD_KS_LIST, "NAME,...", "packages to leave out", .span = { .since = F (8) } },
  { "includepkgs", HD_KS_LIST, "NAME,...", "packages to take", .span = { .since = F (8) } },
  { "ignoregroups", HD_KS_BOOL, "BOOL", "leave out groups", .span = { .since = F (11) } },
  { "proxy", HD_KS_TEXT, "URL", "proxy", .span = { .since = F (13) } },
  { "noverifyssl", HD_KS_FLAG, NULL, "do not check certificates", .span = { .since = F (14) } },
  { "install", HD_KS_FLAG, NULL, "keep it on the host", .span = { .since = F (21) } },
  { "sslcacert", HD_KS_TEXT, "FILE", "certificate authority", .span = { .since = F (30) } },
  { "sslclientcert", HD_KS_TEXT, "FILE", "client's certificate", .span = { .since = F (30) } },
  { "sslclientkey", HD_KS_TEXT, "FILE", "client's key", .span = { .since = F (30) } },
  { NULL }
};

static const HdKsOption driverdisk_options[]
    = { { "source", HD_KS_TEXT, "URL", "address of the disk's image" },
        { "biospart", HD_KS_TEXT, "PARTITION", "partition by its BIOS number",
          .span = { .since = F (4) } },
        { "type", HD_KS_TEXT, "TYPE", "file system",
          .span = { .deprecated = F (12), .removed = F (14) } },
        { NULL } };

static const HdKsOption no_options[] = { { NULL } };

const HdKsCommand hd_ks_source_commands[] = {
  { "ostreesetup", "", 0, 0, ostreesetup_options, "install a commit of an OSTree repository", 0,
    .span = { .since = F (21) }, .check = check_ostreesetup },
  { "ostreecontainer", "", 0, 0, ostreecontainer_options, "install a container image with a commit",
    HD_KS_ABSENT, .span = { .since = F (38), .also = HD_KS_IN_RHEL9 },
    .check = check_ostreecontainer,
    .note = "commits in container images are not read; use ostreesetup" },
  { "url", "", 0, 0, url_options, "install packages from a tree on a server", 0, .check = check_url,
    .note = COMMIT_NOTE },
  { "cdrom", "", 0, 0, no_options, "install from the medium", 0,
    .note = COMMIT_NOTE ", which may be on the medium: --url=file:///..." },
  { "harddrive", "", 0, 0, harddrive_options, "install from ISO images on a disk", 0,
    .check = check_harddrive, .note = COMMIT_NOTE },
  { "nfs", "", 0, 0, nfs_options, "install from an NFS server", 0, .note = COMMIT_NOTE },
  { "liveimg", "", 0, 0, liveimg_options, "install an image of a file system", 0,
    .span = { .since = F (19) }, .note = COMMIT_NOTE },
  { "repo", "", 0, 0, repo_options, "a further repository of packages", HD_KS_MANY,
    .check = check_repo, .note = COMMIT_NOTE },
  { "driverdisk", "[PARTITION]", 0, 1, driverdisk_options, "load drivers", HD_KS_MANY,
    .check = check_driverdisk, .note = "the installer brings the drivers of its kernel" },
  { "updates", "[URL]", 0, 1, no_options, "update the installer itself", 0,
    .note = "the installer is as its medium has it" },
  { NULL },
};
