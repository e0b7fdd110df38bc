use actix_web::{HttpResponse, Result, web};

use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

fn private() -> std::fs::Permissions {
    std::fs::Permissions::from_mode(0o600)
}

fn readable(permissions: &mut std::fs::Permissions) {
    permissions.set_mode(0o644);
}

// trap: a method by the same name that sets no permissions
fn decimal(engine: &mut Engine) {
    // Not a file's mode.
    engine.set_mode(777);
}
