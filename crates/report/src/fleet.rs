//! Many hosts' reports as one view: which hosts said what, what is left where, how fast it goes down.

mod burn_down;
mod merge;
mod parquet;
mod render;
mod store;
mod view;

pub use burn_down::Week;
pub use merge::{Merged, merge};
pub use parquet::{FleetTable, write_parquet};
pub use render::{FleetFormat, render_fleet};
pub use store::{Store, StoreError};
pub use view::{
    Beyond, Blocker, CredentialRow, FleetOptions, FleetView, Host, HostRow, HostState, Share,
};
