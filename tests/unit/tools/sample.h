/* A small definition for the tests of what is made from one. */
#pragma once

#include <string.h>

#include "tools/definition.h"

static const char sample_text[] = "[Image]\n"
                                  "Name=sample\n"
                                  "Suite=trixie\n"
                                  "Architecture=amd64\n"
                                  "[Packages]\n"
                                  "Include=linux-image-cloud-amd64 bash\n"
                                  "Include=less\n"
                                  "[Files]\n"
                                  "Tree=files\n"
                                  "Tree=seed:/etc/seed\n"
                                  "Passwd=users/passwd\n"
                                  "Group=users/group\n"
                                  "[Hooks]\n"
                                  "Essential=hooks/essential\n"
                                  "Customize=hooks/customize\n"
                                  "[Kernel]\n"
                                  "Arguments=rw panic=30\n"
                                  "[Disk]\n"
                                  "Size=4G\n"
                                  "GrubConfig=grub.cfg\n"
                                  "[Signing]\n"
                                  "Key=Sample key\n"
                                  "[Remote]\n"
                                  "Name=sample\n"
                                  "Url=http://updates.example/\n";

/* The sample with `more` laid over it, below the folder "/def". */
static inline HdDefinition *
sample_definition (const char *more, GError **error)
{
  g_autoptr (HdIni) ini = hd_ini_new (hd_definition_keys);
  if (!hd_ini_parse (ini, "sample.conf", sample_text, strlen (sample_text), error)
      || !hd_ini_parse (ini, "more.conf", more, strlen (more), error))
    return NULL;
  return hd_definition_new (ini, "/def", error);
}
