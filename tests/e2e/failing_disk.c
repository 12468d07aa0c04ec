/* Preloaded into a server under test: a disk that fails once a file says so.
 *
 * FAILING_DISK_FOLDER   only files below it fail
 * FAILING_DISK_TRIGGER  a path; while PATH.flush exists, fsync and fdatasync fail with EIO,
 *                       while PATH.full exists, writes that may need space fail with ENOSPC
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static bool is_triggered(const char* what) {
  const char* trigger = getenv("FAILING_DISK_TRIGGER");
  char path[4096];
  if (trigger == NULL) return false;
  snprintf(path, sizeof path, "%s.%s", trigger, what);
  return access(path, F_OK) == 0;
}

static bool is_below_folder(int descriptor) {
  const char* folder = getenv("FAILING_DISK_FOLDER");
  char link[64], path[4096];
  if (folder == NULL) return false;
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t size = readlink(link, path, sizeof path - 1);
  if (size < 0) return false;
  path[size] = '\0';
  const size_t length = strlen(folder);
  return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* A call succeeds in looking at its file without disturbing the caller's errno. */
static bool fails(int descriptor, const char* what, int error) {
  const int before = errno;
  const bool does_fail = is_triggered(what) && is_below_folder(descriptor);
  errno = does_fail ? error : before;
  return does_fail;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int descriptor) {
  if (fails(descriptor, "flush", EIO)) return -1;
  return NEXT(fsync)(descriptor);
}

int fdatasync(int descriptor) {
  if (fails(descriptor, "flush", EIO)) return -1;
  return NEXT(fdatasync)(descriptor);
}

ssize_t write(int descriptor, const void* bytes, size_t size) {
  if (fails(descriptor, "full", ENOSPC)) return -1;
  return NEXT(write)(descriptor, bytes, size);
}

ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  if (fails(descriptor, "full", ENOSPC)) return -1;
  return NEXT(pwrite)(descriptor, bytes, size, offset);
}

ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  if (fails(descriptor, "full", ENOSPC)) return -1;
  return NEXT(pwrite64)(descriptor, bytes, size, offset);
}

ssize_t pwritev(int descriptor, const struct iovec* parts, int count, off_t offset) {
  if (fails(descriptor, "full", ENOSPC)) return -1;
  return NEXT(pwritev)(descriptor, parts, count, offset);
}
