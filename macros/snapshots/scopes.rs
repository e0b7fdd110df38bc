#[derive(Scope)]
enum Scopes {
    #[scope("items:read")]
    Read,
    #[scope("items:write")]
    Write,
}
