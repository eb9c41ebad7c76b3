// Command gallery shows the admin's page in each of its states: it takes the pictures in docs/screens (make screens), at
// the widths of a desk and a phone, in light and dark.
//
//	go run ./sandbox/gallery docs/screens              the pictures of all pages
//	go run ./sandbox/gallery -only consent docs/screens  of those whose name contains the word
//
// It serves the fixtures of package pagetest with the headers of production to a Chromium of its own, and calls nobody.
// The test beside it asks of the same pages whether everybody can read and use them.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
)

func main() {
	only := flag.String("only", "", "only pages whose name contains this")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: gallery [-only name] folder")
	}
	count, err := shoot(context.Background(), flag.Arg(0), *only)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d pictures in %s\n", count, flag.Arg(0))
}
