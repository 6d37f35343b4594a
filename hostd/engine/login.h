/* Whether a registry knows somebody. */
#pragma once

#include "engine/auth.h"

/* Ask the registry of a host with these credentials. HD_DENIED: it does not know them. HD_NETWORK,
 * HD_SERVER. */
gboolean hd_login_try (const char *host, const HdCredentials *credentials, GError **error);
