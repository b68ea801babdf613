/* A machine that fails around one program: preloaded, it slows or refuses the disk and sets the wall clock wrong.
 *
 * FAULTS       a folder; what is wrong just now is told by the files in it:
 *   disk       "slow": each time that what was written has to reach the disk takes 400 ms; "read-only": nothing can be
 *              written to files that lie in FAULTS_DISK, as on a card that the system has given up; "" or no file: well
 *   clock      seconds by which the wall clock is wrong
 *   waited     written here, once the disk was slow
 * FAULTS_DISK  the folder whose files are on that disk
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int told(const char *name, char *text, int size) {
  char path[PATH_MAX];
  const char *folder = getenv("FAULTS");
  snprintf(path, sizeof path, "%s/%s", folder ? folder : "/nowhere", name);
  FILE *file = fopen(path, "r");
  text[0] = 0;
  if (!file) return 0;
  char *read = fgets(text, size, file);
  fclose(file);
  return read != NULL;
}

static int on_disk(int fd) {
  char link[64], path[PATH_MAX];
  const char *disk = getenv("FAULTS_DISK");
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (!disk || length < 0) return 0;
  path[length] = 0;
  return !strncmp(path, disk, strlen(disk));
}

static int is(int fd, const char *fault) {
  char text[32];
  int before = errno;
  int so = on_disk(fd) && told("disk", text, sizeof text) && !strcmp(text, fault);
  errno = before;
  return so;
}

static int refused(int fd) {
  if (!is(fd, "read-only")) return 0;
  errno = EROFS;
  return 1;
}

static void lag(int fd) {
  struct timespec pause = {0, 400000000};
  char path[PATH_MAX];
  if (!is(fd, "slow")) return;
  snprintf(path, sizeof path, "%s/waited", getenv("FAULTS"));
  FILE *file = fopen(path, "a");
  if (file) fclose(file);
  nanosleep(&pause, NULL);
}

ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
  return refused(fd) ? -1 : real(fd, from, count, at);
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
  return refused(fd) ? -1 : real(fd, from, count, at);
}

ssize_t write(int fd, const void *from, size_t count) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  return refused(fd) ? -1 : real(fd, from, count);
}

int ftruncate64(int fd, off64_t length) {
  int (*real)(int, off64_t) = dlsym(RTLD_NEXT, "ftruncate64");
  return refused(fd) ? -1 : real(fd, length);
}

int fdatasync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  lag(fd);
  return real(fd);
}

int fsync(int fd) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  lag(fd);
  return real(fd);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int done = (int)syscall(SYS_clock_gettime, clock, now);
  char text[32];
  if (!done && clock == CLOCK_REALTIME && told("clock", text, sizeof text)) now->tv_sec += atol(text);
  return done;
}

time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec exact;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &exact);
  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;
  return 0;
}
