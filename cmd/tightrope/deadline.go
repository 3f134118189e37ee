package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

// deadlineFlags end a command at a given time.
type deadlineFlags struct {
	until string
	after time.Duration
	at    time.Time // zero: none
}

// deadlineGrace is how long a worker may go on after the deadline: a step with its compilation on a GPU, most of the
// time.
const deadlineGrace = 10 * time.Second

// errDeadline is why the context of a command with a deadline ended.
var errDeadline = errors.New("the deadline is reached")

func (f *deadlineFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.until, "until", "",
		"stop at this time of day, e.g. 09:30, or at 2006-01-02T15:04:05Z; unfinished runs keep a checkpoint")
	addTime(cmd.Flags(), &f.after, "for", 0, "stop after this time; 0: never")
}

// apply ends the command's context at the deadline, if there is one.
func (f *deadlineFlags) apply(cmd *cobra.Command) (stop func(), err error) {
	switch {
	case f.until != "" && f.after != 0:
		return nil, fmt.Errorf("--until and --for exclude each other")
	case f.after > 0:
		f.at = time.Now().Add(f.after)
	case f.until != "":
		if f.at, err = nextTime(f.until, time.Now()); err != nil {
			return nil, err
		}
	default:
		return func() {}, nil
	}
	ctx, cancel := context.WithDeadlineCause(cmd.Context(), f.at, errDeadline)
	cmd.SetContext(ctx)
	fmt.Fprintf(cmd.OutOrStdout(), "stopping at %s, in %v\n",
		f.at.Format(time.TimeOnly), time.Until(f.at).Round(time.Second))
	return cancel, nil
}

// grace is for the workers of a command with a deadline.
func (f *deadlineFlags) grace() time.Duration {
	if f.at.IsZero() {
		return 0
	}
	return deadlineGrace
}

// reached turns the error of a command that its deadline stopped, which is what was asked for, into a message.
func (f *deadlineFlags) reached(cmd *cobra.Command, err error) error {
	if err == nil || context.Cause(cmd.Context()) != errDeadline {
		return err
	}
	fmt.Fprintln(cmd.OutOrStdout(), "the deadline is reached: repeat the command to continue")
	return nil
}

// nextTime is the next moment with that time of day, or a full date and time.
func nextTime(text string, now time.Time) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		clock, err := time.Parse(layout, text)
		if err != nil {
			continue
		}
		at := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0,
			now.Location())
		if !at.After(now) {
			at = at.AddDate(0, 0, 1)
		}
		return at, nil
	}
	return time.Time{}, fmt.Errorf("--until %q: use a time of day such as 09:30, or a full one such as "+
		"2006-01-02T15:04:05Z", text)
}
