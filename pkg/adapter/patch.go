package adapter

import "reflect"

// mergePatch returns the RFC 7396 patch that turns have into want, both without
// null members. It names only what differs, so whatever else the live document
// holds stays as it is. An empty patch means no difference.
func mergePatch(have, want map[string]any) map[string]any {
	patch := map[string]any{}
	for name := range have {
		if _, stays := want[name]; !stays {
			patch[name] = nil
		}
	}
	for name, value := range want {
		before, known := have[name]
		if known && reflect.DeepEqual(before, value) {
			continue
		}
		inner, isObject := value.(map[string]any)
		outer, wasObject := before.(map[string]any)
		if isObject && wasObject {
			value = mergePatch(outer, inner)
		}
		patch[name] = value
	}
	return patch
}
