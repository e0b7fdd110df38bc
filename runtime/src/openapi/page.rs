//! The HTML page that shows the document to people: rendered once, without scripts.

use std::fmt::Write as _;

use serde_json::Value;

/// The style sheet of the page.
pub(super) const STYLE: &str = include_str!("page.css");

/// The icon of the page: without one, browsers request `favicon.ico`.
pub(super) const ICON: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\">\
     <path d=\"M2 3h12v2H2zM2 7h9v2H2zM2 11h12v2H2z\" fill=\"#888\"/></svg>";

/// The page of a document.
pub(super) fn render(document: &Value) -> String {
    let info = |name: &str| document.pointer(&format!("/info/{name}")).and_then(Value::as_str);
    let title = escape(info("title").unwrap_or("API"));
    let mut html = String::with_capacity(64 * 1024);
    // Writing to a string does not fail.
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"stylesheet\" href=\"docs/style.css\">\n\
         <link rel=\"icon\" href=\"docs/icon.svg\">\n\
         </head>\n<body>\n<header>\n<h1>{title} <small>{}</small></h1>\n",
        escape(info("version").unwrap_or_default()),
    );
    paragraphs(info("description").unwrap_or_default(), &mut html);
    html.push_str("<p><a href=\"openapi.json\">openapi.json</a></p>\n</header>\n<main>\n");
    for tag in tags(document) {
        let _ = writeln!(html, "<section>\n<h2>{}</h2>", escape(tag));
        for (path, method, operation) in operations(document, tag) {
            self::operation(path, method, operation, &mut html);
        }
        html.push_str("</section>\n");
    }
    html.push_str("<section>\n<h2>Schemas</h2>\n");
    for (name, schema) in members(document.pointer("/components/schemas")) {
        let _ = writeln!(
            html,
            "<details id=\"{0}\"><summary><code>{0}</code></summary><pre>{1}</pre></details>",
            escape(name),
            escape(&pretty(schema)),
        );
    }
    html.push_str("</section>\n</main>\n</body>\n</html>\n");
    html
}

fn tags(document: &Value) -> Vec<&str> {
    let tags = document.get("tags").and_then(Value::as_array);
    tags.into_iter().flatten().filter_map(|tag| tag.get("name")?.as_str()).collect()
}

fn operations<'a>(document: &'a Value, tag: &str) -> Vec<(&'a str, &'a str, &'a Value)> {
    let mut all = Vec::new();
    for (path, methods) in members(document.get("paths")) {
        for (method, operation) in members(Some(methods)) {
            if operation.pointer("/tags/0").and_then(Value::as_str) == Some(tag) {
                all.push((path, method, operation));
            }
        }
    }
    all
}

fn operation(path: &str, method: &str, operation: &Value, html: &mut String) {
    let text = |name: &str| operation.get(name).and_then(Value::as_str).unwrap_or_default();
    let _ = writeln!(
        html,
        "<details id=\"{}\">\n<summary><span class=\"method {method}\">{}</span> <code>{}</code> \
         <span class=\"summary\">{}</span> <span class=\"access\">{}</span></summary>",
        escape(text("operationId")),
        method.to_uppercase(),
        escape(path),
        escape(text("summary")),
        escape(text("x-palisade-access")),
    );
    paragraphs(text("description"), html);
    let parameters = operation.get("parameters").and_then(Value::as_array);
    if let Some(parameters) = parameters {
        html.push_str(
            "<h3>Parameters</h3>\n<table><thead><tr><th>name</th><th>in</th><th>value</th>\
             <th></th></tr></thead><tbody>\n",
        );
        for parameter in parameters {
            let text = |name: &str| parameter.get(name).and_then(Value::as_str).unwrap_or_default();
            let required = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
            let _ = writeln!(
                html,
                "<tr><td><code>{}</code>{}</td><td>{}</td><td><code>{}</code></td><td>{}</td></tr>",
                escape(text("name")),
                if required { " <em>required</em>" } else { "" },
                escape(text("in")),
                schema(parameter.get("schema").unwrap_or(&Value::Null)),
                escape(text("description")),
            );
        }
        html.push_str("</tbody></table>\n");
    }
    for (media_type, content) in members(operation.pointer("/requestBody/content")) {
        let _ = writeln!(html, "<h3>Body: <code>{}</code></h3>", escape(media_type));
        let _ =
            writeln!(html, "<pre>{}</pre>", schema(content.get("schema").unwrap_or(&Value::Null)));
    }
    let limits = operation.get("x-rate-limits").and_then(Value::as_array);
    if let Some(limits) = limits {
        html.push_str("<h3>Limits</h3>\n<ul>\n");
        for limit in limits {
            let _ = writeln!(html, "<li>{}</li>", escape(&self::limit(limit)));
        }
        html.push_str("</ul>\n");
    }
    html.push_str("<h3>Answers</h3>\n<table><tbody>\n");
    for (status, response) in members(operation.get("responses")) {
        let description = response.get("description").and_then(Value::as_str).unwrap_or_default();
        let schemas: Vec<_> = members(response.get("content"))
            .map(|(_, content)| schema(content.get("schema").unwrap_or(&Value::Null)))
            .collect();
        let _ = writeln!(
            html,
            "<tr><td>{}</td><td>{}</td><td><code>{}</code></td></tr>",
            escape(status),
            escape(description),
            schemas.join(" "),
        );
    }
    html.push_str("</tbody></table>\n</details>\n");
}

/// A schema in short form: a link with its name, or its text.
fn schema(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        let name = escape(name.rsplit('/').next().unwrap_or(name));
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array)
        && choices.iter().all(|choice| choice.get("$ref").is_some())
    {
        return choices.iter().map(self::schema).collect::<Vec<_>>().join(" or ");
    }
    escape(&if schema.get("properties").is_some() { pretty(schema) } else { schema.to_string() })
}

fn limit(limit: &Value) -> String {
    let number = |name: &str| limit.get(name).and_then(Value::as_u64);
    let by: Vec<_> = limit
        .get("by")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let unit = limit.get("unit").and_then(Value::as_str).unwrap_or_default();
    let window = number("window-seconds").map_or(String::new(), |window| format!(" in {window} s"));
    format!("{} {unit}{window} by {}", number("quota").unwrap_or_default(), by.join(" and "))
}

fn paragraphs(text: &str, html: &mut String) {
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let _ = writeln!(html, "<p>{}</p>", escape(paragraph));
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.and_then(Value::as_object);
    members.into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::render;

    #[test]
    fn nothing_of_a_document_becomes_markup() {
        let text = "<script>alert(\"x\")</script>'&";
        let html = render(&json!({
            "info": { "title": text, "version": text, "description": text },
            "tags": [{ "name": text }],
            "paths": { text: { "get": {
                "tags": [text], "operationId": text, "summary": text, "description": text,
                "x-palisade-access": text,
                "parameters": [{ "name": text, "in": text, "description": text,
                                 "schema": { "pattern": text } }],
                "requestBody": { "content": { text: { "schema": { "$ref": text } } } },
                "responses": { text: { "description": text } },
                "x-rate-limits": [{ "by": [text], "unit": text }],
            } } },
            "components": { "schemas": { text: { "description": text } } },
        }));
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("\"x\""), "{html}");
        for word in ["style=", "onclick", "<style", "javascript:"] {
            assert!(!html.contains(word), "{word}");
        }
    }
}
