package manifest
import ("testing";"fmt";"os";"reconcile/pkg/resource";"reconcile/pkg/ias";"reconcile/pkg/iag";"reconcile/pkg/ips";"reconcile/pkg/destination")
func kindsReal() []resource.Kind { return []resource.Kind{
 resource.Bind(ias.Definition(), resource.WayAPI, nil), resource.Bind(destination.Definition(), resource.WayAPI, nil),
 resource.Bind(ips.Definition(), resource.WayAPI, nil), resource.Bind(iag.SystemDefinition(), resource.WayAPI, nil),
 resource.Bind(iag.ParameterDefinition(), resource.WayAPI, nil), resource.Bind(iag.JobDefinition(), resource.WayAPI, nil)}}
func TestZ(t *testing.T){
 m, f := Load(Options{Paths: []string{os.Getenv("M")}, Set: []string{"stage=prod","tenant=acme","subaccount=8d2f"}, Kinds: kindsReal()})
 for _, x := range f { fmt.Println(x.Position, x.Severity, x.Code, x.Ref, x.Path, "|", x.Message, "|", x.Remedy) }
 for _, i := range m.Integrations { fmt.Println(i.ID(), i.Digest, i.Connections.DestinationService)
  for _, o := range i.Objects { fmt.Println(o.Ref, o.At(""), o.Spec) } }
 b, err := Schema(kindsReal()); fmt.Println(err, len(b)); os.WriteFile("/tmp/schema.json", b, 0o644)
}
