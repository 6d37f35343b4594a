/* The layers of a pull: fetched and unpacked side by side, while they arrive. */
#pragma once

#include "base/progress.h"
#include "engine/addition.h"
#include "engine/remote.h"

/* Fetch and unpack the layers of a manifest that are not here. What is here in another place is
 * unpacked from there. Errors: HD_NETWORK, HD_SERVER, HD_CORRUPT, HD_NO_SPACE, HD_WORKER. */
gboolean hd_pull_layers (HdAddition *addition, HdRemote *remote, const HdManifest *manifest,
                         HdProgress *progress, GError **error);
