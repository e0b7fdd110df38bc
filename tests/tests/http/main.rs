//! The pipeline over real sockets.

mod answers;
mod bodies;
mod browsers;
mod inputs;
mod limits;
mod mounting;
mod order;
mod service;
mod tokens;
