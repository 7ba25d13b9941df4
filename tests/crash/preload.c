/* Stands between the program and the system where it writes its database, and fails there as a machine may.
 *
 * Loaded with LD_PRELOAD. Counted are pwrite, pwrite64, write, fsync, fdatasync, ftruncate, ftruncate64 and unlink on
 * the files whose path begins with FAULT_FILES (the database, its journals and the file beside it that remembers its
 * age; not its lock and not its shared memory, which a power cut loses anyway). At the FAULT_AT-th of them:
 *
 *   before      the process is killed before it
 *   after       the process is killed after it
 *   torn        half of the write is done, then the process is killed
 *   power       everything that was not synced is undone, then the process is killed
 *   power-some  the same, but each write that was not synced is kept or lost by chance, also halves of it
 *   full        from here on nothing more can be written (ENOSPC) until the test lifts it
 *   error       this one call fails (EIO)
 *
 * The file FAULT_CONTROL is shared with the test: it shows how many calls were counted and whether the fault has come,
 * and it takes the lifting and the number of seconds by which the clock of this process is ahead.
 *
 * A sync that returns is believed. What a disk does with a flush is not what is tested here.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct control {
    uint64_t counted;
    uint64_t come;
    uint64_t lifted;
    int64_t ahead;
};

enum mode { NONE, BEFORE, AFTER, TORN, POWER, POWER_SOME, FULL, ERROR };
enum kind { WRITE, SYNC, TRUNCATE, UNLINK };

/* A change that was not synced: what stood there and what was put there. */
struct change {
    char *path;
    off_t at;
    size_t length;
    char *after;
    char *before;
    size_t before_length;
    off_t size_before;
    int truncates;
    struct change *earlier;
};

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);
static int (*real_unlink)(const char *);
static int (*real_clock_gettime)(clockid_t, struct timespec *);

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct control none;
static struct control *control = &none;
static enum mode mode = NONE;
static uint64_t wanted = 0;
static uint64_t chance = 88172645463325252ULL;
static const char *files = NULL;
static struct change *unsynced = NULL;

static void begin(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    const char *name = getenv("FAULT_MODE"), *at = getenv("FAULT_AT"), *shared = getenv("FAULT_CONTROL");
    const char *names[] = {"none", "before", "after", "torn", "power", "power-some", "full", "error"};
    for (int i = 0; name && i < 8; i++)
        if (!strcmp(name, names[i])) mode = (enum mode)i;
    wanted = at ? strtoull(at, NULL, 10) : 0;
    chance += wanted * 2654435761ULL;
    files = getenv("FAULT_FILES");
    if (shared) {
        int fd = open(shared, O_RDWR | O_CLOEXEC);
        if (fd >= 0) {
            void *at_page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
            if (at_page != MAP_FAILED) control = at_page;
            close(fd);
        }
    }
}

static uint64_t random_below(uint64_t limit) {
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % limit;
}

static int ends(const char *text, const char *end) {
    size_t length = strlen(text), ending = strlen(end);
    return length >= ending && !strcmp(text + length - ending, end);
}

static int is_ours(const char *path) {
    return files && !strncmp(path, files, strlen(files)) && !ends(path, ".lock") && !ends(path, "-shm");
}

/* The path of a descriptor, if it is one of the files that are watched. */
static int watched(int fd, char *path, size_t room) {
    char link[64];
    pthread_once(&once, begin);
    if (!files) return 0;
    char digits[24];
    int i = 24, left = fd;
    digits[--i] = 0;
    do digits[--i] = (char)('0' + left % 10); while (left /= 10);
    strcpy(link, "/proc/self/fd/");
    strcat(link, digits + i);
    ssize_t length = readlink(link, path, room - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_ours(path);
}

static void die(void) {
    control->come = 1;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static void forget(struct change *change) {
    free(change->path);
    free(change->after);
    free(change->before);
    free(change);
}

static void forget_file(const char *path) {
    struct change **place = &unsynced;
    while (*place) {
        struct change *change = *place;
        if (strcmp(change->path, path)) {
            place = &change->earlier;
        } else {
            *place = change->earlier;
            forget(change);
        }
    }
}

static void remember(const char *path, int fd, off_t at, const void *data, size_t length, int truncates) {
    struct stat state;
    if (mode != POWER && mode != POWER_SOME) return;
    if (fstat(fd, &state)) return;
    struct change *change = calloc(1, sizeof *change);
    change->path = strdup(path);
    change->at = at;
    change->length = length;
    change->truncates = truncates;
    change->size_before = state.st_size;
    size_t lost = truncates ? (state.st_size > at ? (size_t)(state.st_size - at) : 0) : length;
    change->before = malloc(lost ? lost : 1);
    ssize_t read_back = pread(fd, change->before, lost, at);
    change->before_length = read_back > 0 ? (size_t)read_back : 0;
    if (data) {
        change->after = malloc(length ? length : 1);
        memcpy(change->after, data, length);
    }
    change->earlier = unsynced;
    unsynced = change;
}

static void put(const char *path, off_t at, const char *data, size_t length) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    if (real_pwrite(fd, data, length, at) < 0) { /* nothing can be done about it here */ }
    close(fd);
}

static void cut(const char *path, off_t size) {
    int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    if (real_ftruncate(fd, size)) { /* nothing can be done about it here */ }
    close(fd);
}

/* The power goes: back to what was synced, and with power-some forward again over what the disk had taken. */
static void lose_power(void) {
    struct change *latest_first = unsynced, *in_order = NULL;
    while (latest_first) {
        struct change *change = latest_first;
        latest_first = change->earlier;
        put(change->path, change->at, change->before, change->before_length);
        cut(change->path, change->size_before);
        change->earlier = in_order;
        in_order = change;
    }
    for (struct change *change = in_order; mode == POWER_SOME && change; change = change->earlier) {
        uint64_t luck = random_below(4);
        if (luck < 2) continue;
        if (change->truncates) cut(change->path, change->at);
        else put(change->path, change->at, change->after, luck == 2 ? change->length / 2 : change->length);
    }
    sync();
    die();
}

/* Counts a call. Returns the error that it must fail with, or 0. */
static int count(enum kind kind, int fd, const void *data, size_t length, off_t at) {
    uint64_t number = ++control->counted;
    int here = wanted && number == wanted;
    if (mode == FULL && wanted && number >= wanted && !control->lifted) {
        control->come = 1;
        if (kind == WRITE) return ENOSPC;
    }
    if (!here) return 0;
    switch (mode) {
    case BEFORE: die(); break;
    case POWER:
    case POWER_SOME: lose_power(); break;
    case TORN:
        if (kind == WRITE && length > 1 && real_pwrite(fd, data, length / 2, at) < 0) { /* it dies anyway */ }
        die();
        break;
    case ERROR: control->come = 1; return EIO;
    default: break;
    }
    return 0;
}

static void counted_after(void) {
    if (mode == AFTER && wanted && control->counted == wanted) die();
}

#define ENTER(path_of) \
    char path[4096]; \
    int ours = path_of; \
    int held = ours ? !pthread_mutex_lock(&one_at_a_time) : 0

#define LEAVE \
    do { \
        int kept = errno; \
        if (held) { counted_after(); pthread_mutex_unlock(&one_at_a_time); } \
        errno = kept; \
    } while (0)

static ssize_t counted_pwrite(int fd, const void *data, size_t length, off_t at) {
    ENTER(watched(fd, path, sizeof path));
    ssize_t done = -1;
    int error = ours ? count(WRITE, fd, data, length, at) : 0;
    if (error) {
        errno = error;
    } else {
        if (ours) remember(path, fd, at, data, length, 0);
        done = real_pwrite(fd, data, length, at);
    }
    LEAVE;
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at) { return counted_pwrite(fd, data, length, at); }
ssize_t pwrite64(int fd, const void *data, size_t length, off_t at) { return counted_pwrite(fd, data, length, at); }

ssize_t write(int fd, const void *data, size_t length) {
    ENTER(watched(fd, path, sizeof path));
    ssize_t done = -1;
    off_t at = ours ? lseek(fd, 0, SEEK_CUR) : 0;
    int error = ours ? count(WRITE, fd, data, length, at) : 0;
    if (error) {
        errno = error;
    } else {
        if (ours) remember(path, fd, at, data, length, 0);
        done = real_write(fd, data, length);
    }
    LEAVE;
    return done;
}

static int counted_sync(int fd, int (*real)(int)) {
    ENTER(watched(fd, path, sizeof path));
    int done = -1;
    int error = ours ? count(SYNC, fd, NULL, 0, 0) : 0;
    if (error) {
        errno = error;
    } else {
        done = real(fd);
        if (ours && !done) forget_file(path);
    }
    LEAVE;
    return done;
}

int fsync(int fd) { pthread_once(&once, begin); return counted_sync(fd, real_fsync); }
int fdatasync(int fd) { pthread_once(&once, begin); return counted_sync(fd, real_fdatasync); }

static int counted_ftruncate(int fd, off_t size) {
    ENTER(watched(fd, path, sizeof path));
    int done = -1;
    int error = ours ? count(TRUNCATE, fd, NULL, 0, size) : 0;
    if (error) {
        errno = error;
    } else {
        if (ours) remember(path, fd, size, NULL, 0, 1);
        done = real_ftruncate(fd, size);
    }
    LEAVE;
    return done;
}

int ftruncate(int fd, off_t size) { return counted_ftruncate(fd, size); }
int ftruncate64(int fd, off_t size) { return counted_ftruncate(fd, size); }

int unlink(const char *name) {
    pthread_once(&once, begin);
    char path[1];
    (void)path;
    int ours = is_ours(name), held = ours ? !pthread_mutex_lock(&one_at_a_time) : 0, done = -1;
    int error = ours ? count(UNLINK, -1, NULL, 0, 0) : 0;
    if (error) {
        errno = error;
    } else {
        if (ours) forget_file(name);
        done = real_unlink(name);
    }
    LEAVE;
    return done;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    pthread_once(&once, begin);
    int done = real_clock_gettime(which, now);
    if (!done && which == CLOCK_REALTIME) now->tv_sec += control->ahead;
    return done;
}
