// Command pulumi-resource-docker serves the four resource types of pulumi-docker that NextCore declares.
//
// pulumi-docker's own provider module cannot be had as a Go module, but it is nothing else than Pulumi's Terraform
// bridge over the upstream provider, and both of those can. Same tokens, same property names, so that a state
// written with this plugin goes on with the downloaded one and the other way round.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// version is pulumi-docker's: the Python SDK pinned in pyproject.toml asks the engine for a plugin of just this one.
const version = "5.2.0"

func token(file, name string) tokens.Type { return tokens.Type("docker:index/" + file + ":" + name) }

func provider() tfbridge.ProviderInfo {
	return tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(shim.NewProvider()),
		Name:    "docker",
		Version: version,
		Config: map[string]*tfbridge.SchemaInfo{
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_container": {
				Tok:                 token("container", "Container"),
				DeleteBeforeReplace: true, // as pulumi-docker has it; the component overrides it
				// The bridge would pluralise these two; pulumi-docker does not.
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image":   {Tok: token("remoteImage", "RemoteImage")},
			"docker_network": {Tok: token("network", "Network")},
			"docker_volume":  {Tok: token("volume", "Volume")},
		},
	}
}

func main() {
	info := provider()
	info.SetAutonaming(255, "-") // as pulumi-docker has it: no name given is `<resource's name>-<7 random digits>`
	tfbridge.Main("docker", version, info, []byte(`{"name":"docker","version":"`+version+`"}`))
}
