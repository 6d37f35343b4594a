/* What a run will do, as data: printed by --dry-run, carried out by a short loop. */
#pragma once

#include <stdio.h>
#include "tools/build.h"

/* The parts of a run; a verb is a set of them. */
typedef enum
{
  HD_PLAN_PACKAGE = 1 << 0, /* the agent's package */
  HD_PLAN_COMPOSE = 1 << 1, /* packages to signed commit */
  HD_PLAN_DISK = 1 << 2,    /* commit to raw disk */
  HD_PLAN_IMAGES = 1 << 3,  /* raw disk to the formats that are asked for */
  HD_PLAN_SUMS = 1 << 4,    /* what goes with the images */
} HdPlanParts;

typedef struct
{
  const char *title;
  char *detail; /* lines that say what exactly */
  gboolean (*run) (HdBuild *build, GError **error);
} HdStep;

/* The steps for `parts`, an array of HdStep. Pure: depends on `build` alone and `ordinary_user`,
 * whether the caller lacks root. */
GPtrArray *hd_plan_new (const HdBuild *build, HdPlanParts parts, gboolean ordinary_user);

/* Print it: a number and a title, the details below. */
void hd_plan_print (GPtrArray *plan, FILE *out);

/* Carry it out, telling the build's progress where it is. Errors: those of the steps. */
gboolean hd_plan_run (GPtrArray *plan, HdBuild *build, GError **error);
