/* SPDX-License-Identifier: Apache-2.0 */
/* Messages for the operator, on standard error. Never for events. */
#ifndef RATEL_BASE_LOG_H
#define RATEL_BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

extern enum log_level log_level; /* LOG_INFO until --log says otherwise */

/* One line, "ratel: LEVEL: …"; control characters are escaped. Safe from any thread. */
void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The level called name (error, warn, info, debug), or -1. */
int log_level_parse(const char *name);

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_write(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...)                                                                             \
    do {                                                                                           \
        if (log_level >= LOG_DEBUG)                                                                \
            log_write(LOG_DEBUG, __VA_ARGS__);                                                     \
    } while (0)

#endif
