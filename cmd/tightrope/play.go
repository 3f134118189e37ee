package main

import (
	"fmt"
	"os/exec"
	"runtime"

	"github.com/spf13/cobra"

	"tightrope/pkg/play/site"
)

func playCommand() *cobra.Command {
	var dir string
	var port int
	var stay bool
	cmd := &cobra.Command{
		Use: "play", Short: "Open the playground: the library in the browser, served by this program", Args: none,
		Long: "Serve the playground to browsers on this machine, and open it. Its pages are part of the programs " +
			"that make dist builds; in the repository, make playground builds them. Ctrl-C ends the command.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			files, err := site.Files(dir)
			if err != nil {
				return err
			}
			return site.Serve(cmd.Context(), files, port, func(address string) {
				fmt.Fprintf(cmd.OutOrStdout(), "playground: %s (Ctrl-C ends it)\n", address)
				if !stay {
					openBrowser(address)
				}
			})
		},
	}
	s := cmd.Flags()
	s.StringVar(&dir, "dir", "", "folder of the pages; empty: those inside the program, or else "+site.Built)
	addCount(s, &port, "port", 0, 0, "port number; 0: any free port")
	s.BoolVar(&stay, "no-browser", false, "print the address, do not open a browser")
	return cmd
}

// openBrowser asks the system to show an address; if there is no browser, the printed address remains.
func openBrowser(address string) {
	opener := map[string][]string{"darwin": {"open"},
		"windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if opener == nil {
		opener = []string{"xdg-open"}
	}
	browser := exec.Command(opener[0], append(opener[1:], address)...)
	if browser.Start() == nil {
		go func() { _ = browser.Wait() }() // how it ended does not matter
	}
}
