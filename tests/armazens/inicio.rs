//! Por escrever.
