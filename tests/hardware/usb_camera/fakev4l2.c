/* A camera on USB where the kernel has none: preloaded, it answers for one path as V4L2 does.
 *
 * FAKE_V4L2         the path that is the camera (the file must exist, as a plugged-in camera's node does)
 * FAKE_V4L2_FRAMES  raw or packed frames, each as four bytes of length (little endian) and its content; played round
 *                   and round; each length belongs to the format below
 * FAKE_V4L2_FORMATS what it gives: "YUYV:640x480:30,MJPG:640x480:30" (the frames must fit the one that is chosen)
 *
 * The file FAKE_V4L2.fault says what is wrong with it just now: "unplugged"; "silent": no more frames; "busy": another
 * program holds it; "timeless": frames without a monotonic time; "torn": each frame half missing; "frozen": the same
 * picture over and over, its time rising; "last": likewise, the film's last one; "doubled": each frame twice; "swapped":
 * every other frame is older than the one before; "late": two seconds old; "standing": the time stands still; "ahead": it
 * is a quarter of an hour too early.
 *
 * Buffers are memory, their readiness is a timer, so that select, mmap and the clock are the real ones.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define COUNT 4
#define SIZE (4 << 20)

static int fd = -1, memory = -1, queued[COUNT], next_place;
static uint32_t width, height, pixels, sequence;
static double fps;
static uint8_t *films, *buffers;
static size_t films_size;

static const char *env(const char *name) { const char *v = getenv(name); return v ? v : ""; }

static int fault(const char *name) {
  char path[4096], told[32] = "";
  snprintf(path, sizeof path, "%s.fault", env("FAKE_V4L2"));
  FILE *file = fopen(path, "r");
  if (!file) return 0;
  char *read = fgets(told, sizeof told, file);
  fclose(file);
  return read && !strcmp(told, name);
}

static int offered(uint32_t wish, uint32_t *w, uint32_t *h, double *rate, int index, uint32_t *format) {
  char copy[256], *save = NULL;
  snprintf(copy, sizeof copy, "%s", env("FAKE_V4L2_FORMATS"));
  int at = 0;
  for (char *part = strtok_r(copy, ",", &save); part; part = strtok_r(NULL, ",", &save), at++) {
    uint32_t f = v4l2_fourcc(part[0], part[1], part[2], part[3]);
    if (wish ? f == wish : at == index) {
      *format = f;
      return sscanf(part + 5, "%ux%u:%lf", w, h, rate) == 3;
    }
  }
  return 0;
}

static int refuse(int error) { errno = error; return -1; }

static void set_timer(int on) {
  int (*settime)(int, int, const struct itimerspec *, struct itimerspec *) = timerfd_settime;
  long ns = on ? (long)(1e9 / fps) : 0;
  struct itimerspec t = {{0, ns}, {0, ns}};
  settime(fd, 0, &t, NULL);
}

static int dequeue(struct v4l2_buffer *b) {
  uint64_t ticks;
  ssize_t (*real_read)(int, void *, size_t) = dlsym(RTLD_NEXT, "read");
  if (real_read(fd, &ticks, sizeof ticks) != sizeof ticks) return refuse(EAGAIN);
  sequence += ticks;
  if (fault("silent")) {
    set_timer(0);
    return refuse(EAGAIN);
  }
  int i = -1;
  for (int k = 0; k < COUNT && i < 0; k++) if (queued[(next_place + k) % COUNT]) i = (next_place + k) % COUNT;
  if (i < 0) return refuse(EAGAIN);
  next_place = (i + 1) % COUNT;
  queued[i] = 0;
  /* The number of the frame picks the film's picture, as time does before a real camera. */
  size_t at = 0;
  uint32_t total = 0, length = 0;
  for (size_t p = 0; p + 4 <= films_size; p += 4 + length) { memcpy(&length, films + p, 4); total++; }
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  static uint32_t held_sequence;
  static struct timespec held;
  int hangs = fault("frozen"), stands = fault("standing");
  if (!hangs) held_sequence = sequence;
  if (!stands) held = now;
  uint32_t older = fault("late") ? (uint32_t)(2 * fps) : fault("swapped") ? 2 * (sequence % 2) : 0;
  if (fault("doubled")) older = sequence % 2;
  uint32_t shown = (hangs ? held_sequence : sequence) - 1;
  shown = shown > older ? shown - older : 0;
  double t = stands ? held.tv_sec + held.tv_nsec / 1e9 : now.tv_sec + now.tv_nsec / 1e9 - older / fps;
  if (fault("ahead")) t += 900;
  uint32_t want = !total ? 0 : fault("last") ? total - 1 : shown % total;
  for (uint32_t k = 0;; k++) { memcpy(&length, films + at, 4); if (k == want) break; at += 4 + length; }
  memcpy(buffers + (size_t)i * SIZE, films + at + 4, length);
  b->index = i;
  b->bytesused = fault("torn") ? length / 2 : length;
  b->sequence = sequence - 1;
  b->flags = fault("timeless") ? V4L2_BUF_FLAG_TIMESTAMP_UNKNOWN : V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC;
  b->timestamp.tv_sec = fault("timeless") ? 12345 : (long)t;
  b->timestamp.tv_usec = (long)((t - (long)t) * 1e6);
  return 0;
}

static int answer(unsigned long request, void *argument) {
  if (fault("unplugged")) return refuse(ENODEV);
  switch (request) {
    case VIDIOC_QUERYCAP: {
      struct v4l2_capability *c = argument;
      memset(c, 0, sizeof *c);
      strcpy((char *)c->driver, "uvcvideo");
      strcpy((char *)c->card, "Desk Camera");
      strcpy((char *)c->bus_info, "usb-0000:01:00.0-1.2");
      c->device_caps = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      c->capabilities = c->device_caps | V4L2_CAP_DEVICE_CAPS;
      return 0;
    }
    case VIDIOC_S_FMT: {
      struct v4l2_format *f = argument;
      if (fault("busy")) return refuse(EBUSY);
      if (!offered(f->fmt.pix.pixelformat, &width, &height, &fps, 0, &pixels) &&
          !offered(0, &width, &height, &fps, 0, &pixels)) return refuse(EINVAL);
      f->fmt.pix.width = width;
      f->fmt.pix.height = height;
      f->fmt.pix.pixelformat = pixels;
      f->fmt.pix.sizeimage = SIZE;
      return 0;
    }
    case VIDIOC_S_PARM: {
      struct v4l2_streamparm *p = argument;
      struct v4l2_fract *t = &p->parm.capture.timeperframe;
      double wish = t->numerator ? (double)t->denominator / t->numerator : fps;
      if (wish < fps) fps = wish;
      t->numerator = 1000;
      t->denominator = (uint32_t)(1000 * fps + 0.5);
      return 0;
    }
    case VIDIOC_S_CTRL: return ((struct v4l2_control *)argument)->id == V4L2_CID_EXPOSURE_AUTO_PRIORITY ? 0 : refuse(EINVAL);
    case VIDIOC_REQBUFS: ((struct v4l2_requestbuffers *)argument)->count = COUNT; return 0;
    case VIDIOC_QUERYBUF: {
      struct v4l2_buffer *b = argument;
      b->length = SIZE;
      b->m.offset = b->index * SIZE;
      return 0;
    }
    case VIDIOC_QBUF: queued[((struct v4l2_buffer *)argument)->index] = 1; return 0;
    case VIDIOC_DQBUF: return dequeue(argument);
    case VIDIOC_STREAMON: set_timer(1); return 0;
    case VIDIOC_STREAMOFF: set_timer(0); return 0;
  }
  return refuse(ENOTTY);
}

static int plug_in(void) {
  FILE *file = fopen(env("FAKE_V4L2_FRAMES"), "rb");
  if (!films) films = malloc(64 << 20);
  films_size = file ? fread(films, 1, 64 << 20, file) : 0;
  if (file) fclose(file);
  memory = memfd_create("buffers", MFD_CLOEXEC);
  if (ftruncate(memory, (off_t)COUNT * SIZE)) return refuse(ENOMEM);
  void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");
  buffers = real(NULL, (size_t)COUNT * SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
  memset(queued, 0, sizeof queued);
  sequence = next_place = 0;
  return fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

static int opened(const char *path, int flags, mode_t mode, const char *name) {
  int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, name);
  int handle = real(path, flags, mode);
  if (handle < 0 || strcmp(path, env("FAKE_V4L2")) || !*path) return handle;
  close(handle);
  return plug_in();
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return opened(path, flags, mode, "open");
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = va_arg(rest, mode_t);
  va_end(rest);
  return opened(path, flags, mode, "open64");
}

int close(int handle) {
  int (*real)(int) = dlsym(RTLD_NEXT, "close");
  if (handle >= 0 && handle == fd) {
    fd = -1;
    real(memory);
    munmap(buffers, (size_t)COUNT * SIZE);
  }
  return real(handle);
}

int ioctl(int handle, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
  return handle >= 0 && handle == fd ? answer((uint32_t)request, argument) : real(handle, request, argument);
}

static void *mapped(void *at, size_t length, int how, int flags, int handle, off_t offset, const char *name) {
  void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, name);
  return real(at, length, how, flags, handle >= 0 && handle == fd ? memory : handle, offset);
}

void *mmap(void *at, size_t length, int how, int flags, int handle, off_t offset) {
  return mapped(at, length, how, flags, handle, offset, "mmap");
}

void *mmap64(void *at, size_t length, int how, int flags, int handle, off_t offset) {
  return mapped(at, length, how, flags, handle, offset, "mmap64");
}
