// Command caddy is Caddy with its standard modules and `read_cache`.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "nextcore.example/caddy/readcache"
)

func main() {
	caddycmd.Main()
}
