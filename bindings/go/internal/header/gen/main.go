// Command gen writes codes.go of the package lifestage from internal/ffi/include/lifestage.h, which it first brings up
// to date where the repository is there.
package main

import (
	"fmt"
	"os"

	"github.com/lifestage/lifestage/bindings/go/internal/header"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is started in the folder of the package lifestage.
func run() error {
	const copied = "internal/ffi/include/lifestage.h"
	if original, err := os.ReadFile("../../include/lifestage.h"); err == nil {
		if err := os.WriteFile(copied, original, 0o644); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(copied)
	if err != nil {
		return err
	}
	codes, err := header.Codes(text)
	if err != nil {
		return err
	}
	return os.WriteFile("codes.go", codes, 0o644)
}
