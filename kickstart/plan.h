/* What an installation will do, as data: a flat list of typed steps in the order in which they are
 * carried out. Printed by --dry-run.
 *
 * Pure: depends on the kickstart alone. What only the machine knows (its disks and their sizes) is
 * decided when a step is carried out.
 */
#pragma once

#include <stdio.h>

#include "kickstart/step.h"

typedef struct
{
  GPtrArray *steps;   /* of HdKsStep */
  GPtrArray *volumes; /* of HdKsVolume: what the steps refer to */
} HdKsPlan;

/* The plan of a kickstart, which has to live as long. */
HdKsPlan *hd_ks_plan_new (const HdKickstart *kickstart);
void hd_ks_plan_free (HdKsPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HdKsPlan, hd_ks_plan_free)

/* Print it: a number and a title with the place in the file, the details below. */
void hd_ks_plan_print (const HdKsPlan *plan, FILE *out);
