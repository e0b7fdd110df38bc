use actix_web::{HttpResponse, Result, web};

use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};

fn permissions() -> std::fs::Permissions {
    std::fs::Permissions::from_mode(0o777) //~ world_writable
}

fn changed(permissions: &mut std::fs::Permissions) {
    permissions.set_mode(0o666); //~ world_writable
}

fn opened() -> std::io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).mode(0o622).open("state") //~ world_writable
}
