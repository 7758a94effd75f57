//! Setters of the blocking builders.

/// Defines setters of a blocking builder. Each setter calls the setter of the async builder that has the same name. The
/// surrounding `impl` must have a method `map` that applies a function to the async builder.
macro_rules! forward_setters {
    ($builder:ident: $($(#[$note:meta])* $name:ident($argument:ident: $type:ty)),+ $(,)?) => {$(
        #[doc = concat!("Like [`crate::", stringify!($builder), "::", stringify!($name), "`].")]
        $(#[$note])*
        pub fn $name(self, $argument: $type) -> Self {
            self.map(|builder| builder.$name($argument))
        }
    )+};
}

pub(crate) use forward_setters;
