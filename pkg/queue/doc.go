// Package queue lets many processes, on one machine or on several, divide tasks among them through a folder that is
// their only state.
//
// Every task has a folder of its own. The process that works on it holds a lock there (flock: the kernel releases it
// when the process dies, for whatever reason) and the newest of its numbered claims, small files that say who works on
// it and how far it is. A claim is made by linking a complete file to the next number, which succeeds for one process
// only, even on network file systems. Its owner renews it; where locks do not reach (another machine), a claim that was
// not renewed for its lease counts as abandoned, and an owner that could not renew its claim stops before others may
// take the task over.
package queue
