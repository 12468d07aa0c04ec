#pragma once

#include <string_view>

namespace sallyport::mail {

/// Whether a text that somebody chose for themselves (a name, a device) may stand in a mail to somebody else: whoever
/// registers a stranger's address also chooses the name in the mail to them, and mail programs make links of all that
/// looks like one. At most 64 code points, and nothing like an address or a domain.
bool is_harmless(std::string_view text);

}  // namespace sallyport::mail
