// Puts the manifests of a folder together as `kubectl kustomize` does, and reads the result as the API server does under
// strict validation: every object is of a known kind, no member is unknown or given twice. Prints the objects as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	strict "k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	found, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	decoder := strict.NewSerializerWithOptions(strict.DefaultMetaFactory, scheme.Scheme, scheme.Scheme,
		strict.SerializerOptions{Yaml: true, Strict: true})
	status := 0
	objects := []any{}
	for _, resource := range found.Resources() {
		text, err := resource.AsYAML()
		if err == nil {
			_, _, err = decoder.Decode(text, nil, nil)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", resource.CurId(), err)
			status = 1
			continue
		}
		object, _ := resource.Map()
		objects = append(objects, object)
	}
	_ = json.NewEncoder(os.Stdout).Encode(objects)
	os.Exit(status)
}
