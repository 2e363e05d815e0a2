//go:build tools

// Package tools pins the commands that go_build.py builds in this folder.
package tools

import (
	_ "knative.dev/net-gateway-api/cmd/controller"
	_ "knative.dev/serving/cmd/activator"
	_ "knative.dev/serving/cmd/autoscaler"
	_ "knative.dev/serving/cmd/controller"
	_ "knative.dev/serving/cmd/queue"
	_ "knative.dev/serving/cmd/webhook"
)
