// Package queue lets many processes, on one machine or on many, share out tasks through a folder that is their only
// state.
//
// Every task has a folder of its own. Whoever works on it holds a lock there (flock: the kernel frees it when the
// process dies, however it dies) and the newest of its numbered claims, small files that say who works on it and how
// far it is. A claim is made by linking a finished file to the next number, which succeeds for one process only, on
// network file systems too. Its owner renews it; where locks do not reach (another machine), a claim that was not
// renewed for its lease counts as abandoned, and an owner that could not renew its own stops by itself before others
// may think so.
package queue
