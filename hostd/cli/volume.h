/* The verbs of `volume`. */
#pragma once

#include "base/verbs.h"
#include "common/json.h"
#include "engine/volume.h"

extern const HdVerb hd_volume_verbs[];

/* A volume as `inspect` prints it: a new object. */
hd_json *hd_cli_volume_to_json (const HdVolume *volume);
