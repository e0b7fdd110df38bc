// audit

use std::process::Command;

pub async fn windows(user: String) -> std::io::Result<std::process::Output> {
    Command::new("cmd").args(&["/C", &format!("net user {}", user)]).output() //~ shell_command
}

pub fn powershell(path: &str) -> std::io::Result<()> {
    Command::new("powershell.exe")
        .arg("-NoProfile")
        .arg("-Command")
        .arg(format!("Get-Item {}", path)) //~ shell_command
        .spawn()?;
    Ok(())
}

pub fn archive(dir: String, name: String) -> duct::Expression {
    duct::cmd!("sh", "-c", format!("tar czf {name}.tgz {dir}")) //~ shell_command
}

pub fn archive_ok(dir: String, name: String) -> duct::Expression {
    duct::cmd!("tar", "czf", "/backups/latest.tgz", "/srv/data")
}

pub async fn asyncp(pattern: &str) -> std::io::Result<Vec<u8>> {
    use async_process::Command;
    let out = Command::new("sh").arg("-c").arg(["grep -r ", pattern, " /var/log"].join("")).output().await?; //~ shell_command
    Ok(out.stdout)
}

pub fn xshell_run(branch: &str) -> xshell::Result<()> {
    let sh = xshell::Shell::new()?;
    xshell::cmd!(sh, "git checkout {branch}").run()
}

pub fn sub(expr: &str) -> subprocess::Result<()> {
    subprocess::Exec::shell(format!("expr {}", expr)).join()?; //~ shell_command
    Ok(())
}

struct Runner { shell: String }
impl Runner {
    fn exec(&self, script: &str) -> std::io::Result<std::process::ExitStatus> {
        Command::new(&self.shell).arg("-c").arg(script).status() //~ shell_command
    }
    fn build(&self, target: &str) -> std::io::Result<std::process::ExitStatus> {
        let allowed = ["debug", "release"];
        if !allowed.contains(&target) {
            return Err(std::io::ErrorKind::InvalidInput.into());
        }
        Command::new("sh").arg("-c").arg(format!("make {target}")).status()
    }
}

fn preferred_shell() -> String {
    std::env::var("SHELL").map_or_else(|_| "/bin/sh".to_owned(), |_| "/bin/bash".to_owned())
}

pub async fn in_the_preferred_shell(script: String) -> std::io::Result<std::process::Output> {
    tokio::process::Command::new(preferred_shell())
        .arg("-c")
        .arg(&script) //~ shell_command
        .output()
        .await
}

pub fn from_env_program() -> std::io::Result<()> {
    let editor = std::env::var("EDITOR").unwrap_or_else(|_| "vi".into());
    let mut child = Command::new(editor).spawn()?; //~ shell_command
    child.wait()?;
    Ok(())
}

pub fn compress(file: &str) -> Result<(), String> {
    if !file.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') {
        return Err("bad name".to_string());
    }
    let out = Command::new("sh").arg("-c").arg(format!("gzip -k {}", file)).output().map_err(|e| e.to_string())?;
    if out.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&out.stderr).to_string()) }
}

pub fn pipeline(url: &str) -> std::io::Result<()> {
    let parts: Vec<String> = vec!["-c".to_string(), format!("curl {} | tar x", url)];
    Command::new("bash").args(&parts).status()?; //~ shell_command
    Ok(())
}

pub fn split_line(line: &str) -> std::io::Result<()> {
    let mut words = line.split_whitespace();
    let program = words.next().unwrap_or("true");
    Command::new(program).args(words).spawn()?; //~ shell_command
    Ok(())
}

pub fn quoted_ok(name: &str) -> std::io::Result<()> {
    let safe = shell_escape::escape(name.into());
    Command::new("sh").arg("-c").arg(format!("echo {}", safe)).status()?;
    Ok(())
}
