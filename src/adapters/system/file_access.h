#pragma once

#include <sys/stat.h>

#include "adapters/system/file_descriptor.h"

namespace sallyport::system_adapter {

/// Whether nobody but its owner and this process's user (and root) has any permission on an open file of that `status`.
/// Mode bits of the group can be the mask of an access control list (acl(5)), which is then looked at: systemd gives a
/// credential to its service so.
bool is_private(const FileDescriptor& file, const struct stat& status);

}  // namespace sallyport::system_adapter
