//go:build tools

// Package tools pins the commands that go_build.py builds in this folder.
package tools

import (
	_ "github.com/google/go-containerregistry/cmd/crane"
)
