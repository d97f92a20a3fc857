/* SPDX-License-Identifier: Apache-2.0 */
/* The threads that ask runtimes: one a runtime. */
#include "source/containers_impl.h"

static void ask_one(struct asker *a, const struct lookup_question *q)
{
    struct containers *c = a->of;
    const struct runtime_question question = question_of(&q->place, q->patience_ns);
    pthread_mutex_unlock(&c->work);
    enum abi_reason why = runtimes_ask_one(c->runtimes, a->runtime, &question, &a->facts);
    pthread_mutex_lock(&c->work);
    lookup_answer(c, a->runtime, q->round, why, &a->facts);
    pthread_mutex_lock(&c->lock);
    c->progress = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

static void *run(void *ctx)
{
    struct asker *a = ctx;
    struct containers *c = a->of;
    struct lookup_question q;
    pthread_mutex_lock(&c->work);
    while (!c->over) {
        if (lookup_take(c, a->runtime, &q))
            ask_one(a, &q);
        else
            pthread_cond_wait(&c->questions, &c->work);
    }
    pthread_mutex_unlock(&c->work);
    return NULL;
}

int askers_start(struct containers *c)
{
    int rc = 0;
    for (unsigned i = 0; !rc && i < runtimes_count(c->runtimes); i++) {
        struct asker *a = &c->askers[i];
        a->of = c;
        a->runtime = i;
        rc = -pthread_create(&a->thread, NULL, run, a);
        a->running = !rc;
    }
    return rc;
}

void askers_end(struct containers *c)
{
    c->over = true;
    pthread_cond_broadcast(&c->questions);
    pthread_mutex_unlock(&c->work);
    for (unsigned i = 0; i < RUNTIME_SOCKETS_MAX; i++) {
        struct asker *a = &c->askers[i];
        if (a->running)
            pthread_join(a->thread, NULL);
        a->running = false;
        facts_free(&a->facts);
    }
    pthread_mutex_lock(&c->work);
}
