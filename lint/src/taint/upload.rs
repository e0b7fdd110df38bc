//! Values from a file that palisade has checked: its kind, size and id come from the service's own
//! checks, its name still comes from the client.

use std::rc::Rc;

use super::value::Value;
use super::walk::Walker;
use crate::krate::ty::Ty;

/// What `store` gives back.
const STORED: &str = "palisade::upload::FileInfo";

impl Walker<'_> {
    /// What a method without arguments of its own gives, where the receiver is such a file.
    pub(super) fn judged_file(&self, name: &str, recv: &Value) -> Option<Value> {
        let ty = recv.ty.as_ref()?.peeled();
        let (one, several) =
            (matches!(ty.last(), "Upload" | "UploadedFile"), ty.last() == "UploadedFiles");
        let stored = ty.is(&["palisade"], "FileInfo");
        let value = match name {
            "kind" if one || stored => Value::typed(Some(Ty::named("palisade::upload::FileKind"))),
            "id" if stored => Value::typed(Some(Ty::named("palisade::upload::UploadId"))),
            "size" | "sha256" if one || stored => Value::unknown(),
            "created" if stored => Value::unknown(),
            "display_name" if one || stored => self.as_upload_name(recv.derived()),
            "file" if ty.last() == "OptionalUpload" => {
                recv.derived().with_ty(Some(Ty::named("palisade::upload::UploadedFile")))
            }
            "files" if several => recv.clone(),
            "store" if one => recv.derived().with_ty(Some(Ty::named(STORED))),
            "store" if several => recv.derived().with_ty(Some(list_of_stored())),
            _ => return None,
        };
        Some(value)
    }
}

fn list_of_stored() -> Rc<Ty> {
    let mut list = (*Ty::named("std::vec::Vec")).clone();
    list.args.push(Ty::named(STORED));
    Rc::new(list)
}
