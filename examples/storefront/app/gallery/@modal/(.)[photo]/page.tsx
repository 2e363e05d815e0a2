export default async function PhotoInModal({ params }: { params: Promise<{ photo: string }> }) {
  return <dialog open>Photo {(await params).photo} in place</dialog>
}
