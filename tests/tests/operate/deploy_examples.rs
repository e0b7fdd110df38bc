//! The files of `examples/deploy` and of `docs/audit`: they are what they are said to be.

use std::{fs, path::PathBuf, process::Command};

use serde::Deserialize as _;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The documents of a file of YAML.
fn documents(name: &str) -> Vec<Value> {
    let text = read(name);
    let all = serde_yaml_ng::Deserializer::from_str(&text);
    all.map(|document| Value::deserialize(document).unwrap_or_else(|e| panic!("{name}: {e}")))
        .collect()
}

fn manifest(kind: &str) -> Value {
    let all = documents("examples/deploy/kubernetes/notes.yaml");
    all.into_iter().find(|one| one["kind"] == kind).unwrap_or_else(|| panic!("{kind}"))
}

#[test]
fn the_unit_leaves_little_to_who_takes_the_service_over() {
    let unit = root().join("examples/deploy/notes.service");
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(&unit)
        .output();
    let Ok(output) = output else {
        palisade_tests::skip("systemd-analyze", "PALISADE_TEST_SYSTEMD");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some((_, after)) = text.split_once("Overall exposure level for notes.service: ") else {
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains("offline") || error.contains("unrecognized"), "{text}{error}");
        palisade_tests::skip("a systemd-analyze that judges files", "PALISADE_TEST_SYSTEMD");
        return;
    };
    let level: f64 = after.split_whitespace().next().unwrap().parse().unwrap();
    eprintln!("systemd-analyze security: notes.service has an exposure level of {level} (of 10)");
    assert!(level <= 1.5, "{text}");
}

#[test]
fn the_unit_has_no_line_that_systemd_does_not_know() {
    let unit = root().join("examples/deploy/notes.service");
    let Ok(output) = Command::new("systemd-analyze").arg("verify").arg(&unit).output() else {
        palisade_tests::skip("systemd-analyze", "PALISADE_TEST_SYSTEMD");
        return;
    };
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    for wrong in ["Unknown key", "Unknown lvalue", "Failed to parse", "Invalid"] {
        assert!(!told.contains(wrong), "{told}");
    }
}

/// The settings of the unit are those of a deployment in which nothing is found.
#[test]
fn the_settings_pass_the_deploy_check() {
    for line in read("examples/deploy/notes.env").lines() {
        let is_setting = line.starts_with('#') || line.split_once('=').is_some();
        assert!(is_setting, "{line}");
    }
    let unit = read("examples/deploy/notes.service");
    for line in ["DynamicUser=yes", "StateDirectoryMode=0700", "NoNewPrivileges=yes", "LimitCORE=0"]
    {
        assert!(unit.lines().any(|own| own == line), "{line}");
    }
}

#[test]
fn the_image_has_no_root_and_nothing_but_the_service() {
    let text = read("examples/deploy/Containerfile");
    let stages: Vec<&str> = text.split("\nFROM ").skip(1).collect();
    let [build, last] = stages.as_slice() else { panic!("{text}") };
    assert!(build.contains("--locked") && build.contains(" AS build"), "{build}");
    assert!(last.contains("distroless") && last.contains(":nonroot"), "{last}");
    let user = last.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert_eq!(user, "65532:65532");
    let forbidden = ["RUN ", "ADD ", "curl", "apt-get", "PASSWORD", "SECRET"];
    for word in forbidden {
        assert!(!last.lines().any(|line| line.contains(word)), "{word}: {last}");
    }
    assert!(last.contains("ENTRYPOINT [\"/usr/bin/notes\"]"), "{last}");
    let ignored = read("examples/deploy/Containerfile.dockerignore");
    for name in [".git", "**/target", "**/.env", "**/*.pem", "**/.palisade"] {
        assert!(ignored.lines().any(|line| line == name), "{name}");
    }
}

#[test]
fn the_deployment_is_the_restricted_profile_of_kubernetes() {
    let deployment = manifest("Deployment");
    let pod = &deployment["spec"]["template"]["spec"];
    assert_eq!(pod["automountServiceAccountToken"], false);
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    let [container] = pod["containers"].as_array().unwrap().as_slice() else { panic!("{pod}") };
    let context = &container["securityContext"];
    assert_eq!(context["allowPrivilegeEscalation"], false);
    assert_eq!(context["readOnlyRootFilesystem"], true);
    assert_eq!(context["capabilities"]["drop"], serde_json::json!(["ALL"]));
    assert!(container["resources"]["limits"]["memory"].is_string());
    for (probe, path) in
        [("livenessProbe", "/livez"), ("readinessProbe", "/readyz"), ("startupProbe", "/livez")]
    {
        assert_eq!(container[probe]["httpGet"]["path"], path, "{probe}");
        assert_eq!(container[probe]["httpGet"]["port"], container["ports"][0]["name"], "{probe}");
    }
    // Requests under way have 30 seconds.
    assert!(pod["terminationGracePeriodSeconds"].as_u64().unwrap() > 30);
    let folders: Vec<_> = container["volumeMounts"].as_array().unwrap().iter().collect();
    let data = folders.iter().find(|mount| mount["mountPath"] == "/data").unwrap();
    assert!(pod["volumes"].as_array().unwrap().iter().any(|one| one["name"] == data["name"]));
}

#[test]
fn the_settings_of_the_deployment_are_known_and_hold_no_secret() {
    let deployment = manifest("Deployment");
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let env = container["env"].as_array().unwrap();
    let replicas = deployment["spec"]["replicas"].to_string();
    for setting in env {
        let name = setting["name"].as_str().unwrap();
        let is_secret = name.ends_with("_URL");
        assert_eq!(setting["value"].is_string(), !is_secret, "{name}");
        if is_secret {
            assert!(setting["valueFrom"]["secretKeyRef"]["key"].is_string(), "{name}");
        }
        if name == "PALISADE_REPLICAS" {
            assert_eq!(setting["value"], replicas, "as many as there are");
        }
    }
    let page = read("docs/settings.md");
    for name in env.iter().filter_map(|setting| setting["name"].as_str()) {
        let is_known = !name.starts_with("PALISADE_") || page.contains(&format!("| `{name}` "));
        assert!(is_known, "{name}");
    }
}

#[test]
fn everything_of_the_deployment_finds_its_pods() {
    let deployment = manifest("Deployment");
    let labels = &deployment["spec"]["template"]["metadata"]["labels"];
    assert_eq!(&deployment["spec"]["selector"]["matchLabels"], labels);
    assert_eq!(&manifest("Service")["spec"]["selector"], labels);
    assert_eq!(&manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"], labels);
    let policy = manifest("NetworkPolicy");
    assert_eq!(&policy["spec"]["podSelector"]["matchLabels"], labels);
    assert_eq!(policy["spec"]["policyTypes"], serde_json::json!(["Ingress", "Egress"]));
    let port = deployment["spec"]["template"]["spec"]["containers"][0]["ports"][0]["containerPort"]
        .clone();
    assert_eq!(policy["spec"]["ingress"][0]["ports"][0]["port"], port);
    for rule in policy["spec"]["ingress"].as_array().unwrap() {
        assert!(rule["from"].is_array() && rule["ports"].is_array(), "{rule}");
    }
}

/// The strict schemas of Kubernetes, which refuse unknown members. `scripts/test` takes them out of a package.
fn kubernetes_schemas() -> Option<Value> {
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned();
    let file = target.join("clients/kubernetes/_definitions.json");
    let Ok(text) = fs::read_to_string(file) else {
        palisade_tests::skip("the schemas of Kubernetes", "PALISADE_TEST_KUBERNETES");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// The schema of a manifest, by its `apiVersion` and `kind`.
fn kubernetes_schema(schemas: &Value, manifest: &Value) -> jsonschema::Validator {
    let api = manifest["apiVersion"].as_str().unwrap();
    let (group, version) = api.split_once('/').unwrap_or(("", api));
    let own = serde_json::json!({
        "group": group, "version": version, "kind": manifest["kind"],
    });
    let is_own = |schema: &Value| {
        let kinds = schema["x-kubernetes-group-version-kind"].as_array();
        kinds.is_some_and(|kinds| kinds.contains(&own))
    };
    let all = schemas["$defs"].as_object().unwrap();
    let (name, _) = all.iter().find(|(_, schema)| is_own(schema)).unwrap();
    let schema = serde_json::json!({ "$ref": format!("#/$defs/{name}"), "$defs": all });
    jsonschema::validator_for(&schema).unwrap()
}

/// Reads `defaultMode: 0440` as an octal number, as Kubernetes does (YAML 1.1).
fn read_modes(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if let Some(mode) = members.get_mut("defaultMode")
                && let Some(text) = mode.as_str()
            {
                *mode = i64::from_str_radix(text, 8).unwrap().into();
            }
            members.values_mut().for_each(read_modes);
        }
        Value::Array(elements) => elements.iter_mut().for_each(read_modes),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_manifests_are_valid() {
    let Some(schemas) = kubernetes_schemas() else { return };
    let mut manifests = documents("examples/deploy/kubernetes/notes.yaml");
    manifests.iter_mut().for_each(read_modes);
    assert_eq!(manifests.len(), 5);
    for manifest in &manifests {
        let schema = kubernetes_schema(&schemas, manifest);
        let errors: Vec<_> = schema.iter_errors(manifest).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", manifest["kind"]);
    }
    let deployment = manifest("Deployment");
    let schema = kubernetes_schema(&schemas, &deployment);
    for (place, value) in [
        ("/spec/replica", serde_json::json!(2)),
        ("/spec/replicas", serde_json::json!("two")),
        ("/spec/template/spec/securityContext/runAsNonroot", serde_json::json!(true)),
    ] {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let mut wrong = deployment.clone();
        wrong.pointer_mut(parent).unwrap()[name] = value;
        assert!(!schema.is_valid(&wrong), "{place}");
    }
}

#[test]
fn the_workflow_pins_what_it_runs_and_may_write_nothing() {
    let all = documents("docs/audit/audit.yml");
    let [workflow] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!(workflow["permissions"], serde_json::json!({ "contents": "read" }));
    let steps = workflow["jobs"]["audit"]["steps"].as_array().unwrap();
    let text = read("docs/audit/audit.yml");
    let script = read("scripts/test");
    let deny = script.split("deny_version=").nth(1).unwrap().lines().next().unwrap();
    assert!(text.contains(&format!("cargo-deny@{deny}\n")), "scripts/test has cargo-deny {deny}");
    for tool in ["cargo-deny@", "cargo-audit@"] {
        let version = text.split(tool).nth(1).unwrap().split_whitespace().next().unwrap();
        assert_eq!(version.split('.').count(), 3, "{tool}{version}");
    }
    for uses in steps.iter().filter_map(|step| step["uses"].as_str()) {
        assert!(uses.split_once('@').is_some_and(|(_, v)| v.split('.').count() == 3), "{uses}");
    }
    assert!(text.contains("schedule:") && text.contains("cargo deny"), "{text}");
}
